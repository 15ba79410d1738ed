"""The language of conditions: when a question or a section is shown.

A condition is JSON. It always ends, always has a value, and is small: at most `MOST_NODES` parts, `DEEPEST` deep.

    truth   true | false | ["all", truth, …] | ["any", truth, …] | ["not", truth]
            | ["answered", question] | ["is", question, choice] | [comparison, number, number]
    number  a whole number from -10⁹ to 10⁹ | ["value", question] | ["count", question]
            | ["add" | "sub" | "mul" | "min" | "max", number, number] | ["if", truth, number, number]
    comparison  "<" | "<=" | "=" | "!=" | ">=" | ">"

`value` is the number on a scale, and missing where there is none; what is computed from something missing is missing,
and every comparison with it is false. `count` is how many choices were made, 0 for none. A number beyond ±10⁹ becomes
the nearest one within. What is not of this form is false as a whole, so that nothing is shown by mistake. The same
language is evaluated in the browser by `web/shared/survey/expression.ts`.
"""

from services.survey.domain.expression.checking import Problem, check
from services.survey.domain.expression.evaluating import Given, holds
from services.survey.domain.expression.grammar import DEEPEST, LARGEST, MOST_NODES, Sort, read, sort_of

__all__ = ["DEEPEST", "LARGEST", "MOST_NODES", "Given", "Problem", "Sort", "check", "holds", "read", "sort_of"]
