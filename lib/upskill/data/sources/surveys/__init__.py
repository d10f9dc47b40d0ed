"""Exports of survey tools: Qualtrics, Microsoft Forms, Google Forms."""
