"""How long it takes until work goes on after a fault."""

import bisect

from .result import spread


def after_kills(session, killed):
    """From the kill of a worker until the trial that it held runs again, for those that held one."""
    seconds = []
    for when, process in killed:
        # Its last attempt; what it has finished needs nobody.
        rows = session.rows(f"""
            SELECT extract(epoch FROM n.claimed_at) - {when!r} FROM (
                SELECT id FROM peftsearch.worker
                WHERE process_identifier = {process} AND extract(epoch FROM registered_at) <= {when!r}
                ORDER BY registered_at DESC LIMIT 1) w
            JOIN peftsearch.attempt a ON a.worker_id = w.id AND a.outcome = 'lost'
            JOIN peftsearch.attempt n ON n.study_id = a.study_id AND n.trial_number = a.trial_number
                AND n.attempt = a.attempt + 1
            WHERE extract(epoch FROM a.ended_at) > {when!r} ORDER BY a.claimed_at DESC LIMIT 1""")
        seconds += [float(row[0]) for row in rows]
    return spread(seconds)


def after_restarts(session, restarts):
    """From the moment at which the database takes connections to the first result or claim that is committed.

    What was lost has ended with its lease, whenever that was noticed.
    """
    moments = sorted(float(row[0]) for row in session.rows("""
        SELECT extract(epoch FROM claimed_at) FROM peftsearch.attempt
        UNION ALL SELECT extract(epoch FROM ended_at) FROM peftsearch.attempt
        WHERE outcome NOT IN ('running', 'lost')"""))
    seconds = []
    for restart in restarts:
        place = bisect.bisect_right(moments, restart)
        if place < len(moments):
            seconds.append(moments[place] - restart)
    return spread(seconds)
