"""Say how far a batch is: done, running, failed, left, and when it will end."""

import json
import statistics
import sys
import threading
import time

import click
from tqdm import tqdm


class Progress:
    """A bar on a terminal, plain lines elsewhere, lines of JSON for machines.

    What is left is reckoned from the reports that were really made, by notebook: kept ones cost nothing.
    """

    def __init__(self, jobs, workers, as_json=False):
        self.total, self.workers, self.as_json = len(jobs), workers, as_json
        self.left = {job.name: job.report for job in jobs}
        self.done, self.failed, self.running, self.seconds = 0, 0, {}, {}
        self.began, self.lock = time.monotonic(), threading.Lock()
        on_terminal = sys.stderr.isatty() and not as_json
        self.bar = tqdm(total=self.total, unit="report", leave=False) if on_terminal else None

    def start(self, job):
        """A report is being made."""
        with self.lock:
            self.running[job.name] = time.monotonic()
        if self.as_json:
            self._say({"event": "started", "report": job.name})

    def add(self, result):
        """A report has ended, or was kept."""
        with self.lock:
            self.done += 1
            self.failed += result.is_bad
            self.running.pop(result.job.name, None)
            self.left.pop(result.job.name, None)
            if not result.kept and result.seconds:
                self.seconds.setdefault(result.job.report, []).append(result.seconds)
        status = "kept" if result.kept else result.status
        if self.as_json:
            self._say({"event": "ended", "report": result.job.name, "status": status, "reason": result.reason,
                       "seconds": round(result.seconds, 2), "attempts": result.attempts, **self.counts()})
        elif self.bar is None:
            click.echo(self._line(result, status.replace("_", " ")))
        else:
            if result.is_bad:
                self.bar.write(f"✕ {result.job.name}: {status.replace('_', ' ')}. {result.reason}", file=sys.stderr)
            self.bar.set_postfix_str(self._state())
            self.bar.update()

    def counts(self):
        """Return done, running, failed, left (those running not among them) and the seconds still to go, or None."""
        with self.lock:
            return {"done": self.done, "running": len(self.running), "failed": self.failed,
                    "left": self.total - self.done - len(self.running), "seconds_to_go": self._to_go()}

    def _to_go(self):
        """Reckon the time for all that is left; None before anything is known."""
        if not self.seconds or not self.left:
            return None if self.left else 0
        usual = {report: statistics.mean(known) for report, known in self.seconds.items()}
        general = statistics.mean(usual.values())
        now = time.monotonic()
        work = sum(max(usual.get(report, general) - (now - self.running.get(name, now)), 0)
                   for name, report in self.left.items())
        return round(work / min(self.workers, len(self.left)))

    def _line(self, result, status):
        reason = f"  {result.reason}" if result.reason else ""
        again = f" (tried {result.attempts} times)" if result.attempts > 1 else ""
        return f"[{self.done}/{self.total}] {result.job.name}: {status}, {result.seconds:.1f} s{again}{reason}" + (
            "" if result.kept else f"  [{self._state()}]")

    def _state(self):
        counts = self.counts()
        words = [f"{counts['running']} running", f"{counts['left']} left"]
        words += [f"{counts['failed']} failed"] if counts["failed"] else []
        if counts["seconds_to_go"]:
            words.append(f"about {clock(counts['seconds_to_go'])} to go")
        return ", ".join(words)

    def finish(self, results, index):
        """Tell a machine how it all ended."""
        if self.as_json:
            statuses = ["kept" if result.kept else result.status for result in results]
            self._say({"event": "finished", "statuses": {name: statuses.count(name) for name in sorted(set(statuses))},
                       "index": str(index), "seconds": round(time.monotonic() - self.began, 2)})

    def close(self):
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()

    def _say(self, content):
        click.echo(json.dumps(content, ensure_ascii=False))


def clock(seconds):
    """Return a time in words.

    >>> clock(40), clock(200), clock(7300)
    ('40 s', '3 min', '2 h 2 min')
    """
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
