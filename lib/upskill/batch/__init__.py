"""The batch: plan, run, render, index. It knows notebooks and files, not skills or money."""

from upskill.batch.put_off import put_off_grammars

put_off_grammars()
