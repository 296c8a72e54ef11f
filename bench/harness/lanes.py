"""Row `lanes`: jobs without effects, claimed and completed in batches with the queue's own functions."""

import os

from . import report
from .installation import Installation
from .processes import Failure
from .tools import FOLDER, Result, alternate, middle, pgbench

SITUATIONS = {
    "plain": ("nothing else in the queue", {"stuck": 0, "capped": 0}),
    "stuck": ("100,000 jobs behind two stuck lanes", {"stuck": 100_000, "capped": 0}),
    "capped": ("100,000 lanes of one merchant at its cap", {"stuck": 0, "capped": 100_000}),
}


def lanes(run):
    server, options = run.server, run.options
    installation = Installation(server, "bench_lanes", run.log_level)
    installation.create()
    url = server.url(installation.database, "maitre_platform")
    merchants, each = options.lane_merchants, max(1, 20_000 // options.lane_merchants)

    def measure(extra, seconds=None):
        seconds = seconds or options.seconds
        jobs = -(-options.jobs_per_second * seconds // (merchants * each))
        server.sql_file(installation.database, os.path.join(FOLDER, "data", "lanes.sql"), merchants=merchants, lanes=each, jobs=jobs, **extra)
        result = pgbench(url, "lanes.sql", seconds, options.lane_clients, batch=options.lane_batch)
        done = int(server.sql(installation.database, "select count(*) from queue.jobs_done"))
        if done >= jobs * merchants * each:
            raise Failure(f"all {done:,} jobs were done before the time was over: use a higher --jobs-per-second")
        # A commit of a claim and one of a completion make a transaction of the script.
        return Result(done / seconds, average=result.average, errors=result.errors, requests=done, note=f"{done / max(1, result.requests):.0f} a batch")

    measure(SITUATIONS["plain"][1], 2)
    passes = alternate(options.pairs, [(name, lambda extra=extra: measure(extra)) for name, (_, extra) in SITUATIONS.items()], run.say)
    found = {name: middle(value) for name, value in passes.items()}
    plain = found["plain"].rate
    run.say(f"lanes: {plain:,.0f}/s, stuck {found['stuck'].rate / plain:.2f} ×, capped {found['capped'].rate / plain:.2f} ×")
    run.write("lanes", "Lanes", [
        run.circumstances(),
        f"`queue.claim` of at most {options.lane_batch}, then `queue.complete_many`, each a transaction; {options.lane_clients} pgbench clients, prepared; "
        f"{merchants:,} merchants with {each} lanes each, filled beforehand by `queue.enqueue`. The mean is that of claim and completion of a batch.",
        report.figures([(SITUATIONS[name][0], result, passes[name][-1].note) for name, result in found.items()]),
        report.ratios([("jobs a second, plain", plain, 15_000, False), ("behind stuck lanes : plain", found["stuck"].rate / plain, 0.8, False),
                       ("beside the capped merchant : plain", found["capped"].rate / plain, 0.8, False)])])
