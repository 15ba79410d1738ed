"""Measures the live path against a bare chain of the same hops, in one run, turn by turn, on the same engines.

    machine    what it ran on
    processes  what the processes use: CPU time and memory, from /proc
    frames     the bytes that clients send, made once
    client     one WebSocket of the load generator
    load       the load generator, a process of its own, and what it can be told to do
    generator  the load generator as the bench speaks to it
    chain      what the bench needs of a chain; `full` is ours, `bare/` is the limit
    history    what was said before
    plan       what is measured, in which order, and for how long
    report     the rows, the page and the file

It measures from outside and knows nothing of the inside of what it measures. Nothing of the product imports it.
"""
