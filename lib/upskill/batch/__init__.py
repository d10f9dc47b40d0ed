"""The batch: plan, run, render, index. It knows notebooks and files, not skills or money."""
