"""What if: sliders in JupyterLab, a static grid elsewhere."""
