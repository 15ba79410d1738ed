"""The only door: it speaks HTTP and WebSocket to the world and gRPC to the services, and touches no storage."""
