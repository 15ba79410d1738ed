"""Says how the platform is doing, and never what anybody said: logs, traces and metrics, by lists of allowed names."""
