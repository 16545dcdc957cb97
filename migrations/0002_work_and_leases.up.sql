-- The queue: what is to be done, who does it, and what was tried.

-- One row for each start of a worker process.
CREATE TABLE worker (
    id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
    host text NOT NULL CHECK (length(host) <= 255),
    process_identifier bigint NOT NULL,
    slots integer NOT NULL CHECK (slots > 0),
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The limits of trying again; one row.
CREATE TABLE retry_policy (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    -- A trainer that ended badly under a live worker.
    crash_limit integer NOT NULL DEFAULT 3 CHECK (crash_limit > 0),
    -- A lease that ran out, cause unknown: more patience, and more than one
    -- witness, because a dying worker or database takes innocent trials along.
    loss_limit integer NOT NULL DEFAULT 8 CHECK (loss_limit > 0),
    loss_workers integer NOT NULL DEFAULT 3 CHECK (loss_workers > 0),
    -- Time-outs and exhausted memory depend on the machine, so they count
    -- after this many different workers, or after the limit when no other
    -- worker ever comes.
    machine_failure_workers integer NOT NULL DEFAULT 2 CHECK (machine_failure_workers > 0),
    machine_failure_limit integer NOT NULL DEFAULT 5 CHECK (machine_failure_limit > 0),
    -- The n-th failure waits backoff_seconds * 2^(n-1), at most the limit.
    backoff_seconds double precision NOT NULL DEFAULT 1
        CHECK (backoff_seconds >= 0 AND backoff_seconds <= 3600),
    backoff_limit_seconds double precision NOT NULL DEFAULT 60
        CHECK (backoff_limit_seconds >= 0 AND backoff_limit_seconds <= 86400)
);
INSERT INTO retry_policy DEFAULT VALUES;

-- A unit of work: a trial trained to a rung, or its test split measured.
CREATE TABLE work (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    rung integer NOT NULL CHECK (rung >= 0),
    purpose text NOT NULL CHECK (purpose IN ('train', 'test')),
    state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'running', 'finished')),
    -- The attempt that runs it or ran it last.
    attempt integer,
    crashes integer NOT NULL DEFAULT 0 CHECK (crashes >= 0),
    losses integer NOT NULL DEFAULT 0 CHECK (losses >= 0),
    available_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (study_id, trial_number, rung, purpose),
    FOREIGN KEY (study_id, trial_number) REFERENCES trial ON DELETE CASCADE,
    CHECK (state = 'ready' OR attempt IS NOT NULL)
);
-- The order of claims, over ready work only, so that it stays as small as the queue.
CREATE INDEX work_claim ON work (study_id, purpose, trial_number, rung) WHERE state = 'ready';

-- What was tried; kept for good.
CREATE TABLE attempt (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    -- From 1 within the trial, whatever the work.
    attempt integer NOT NULL CHECK (attempt > 0),
    rung integer NOT NULL,
    purpose text NOT NULL,
    worker_id text NOT NULL REFERENCES worker,
    outcome text NOT NULL DEFAULT 'running' CHECK (outcome IN
        ('running', 'finished', 'given_back', 'lost',
         'crashed', 'diverged', 'invalid', 'timed_out', 'out_of_memory')),
    detail text CHECK (octet_length(detail) <= 16384),
    claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    PRIMARY KEY (study_id, trial_number, attempt),
    FOREIGN KEY (study_id, trial_number, rung, purpose) REFERENCES work ON DELETE CASCADE,
    CHECK ((outcome = 'running') = (ended_at IS NULL))
);
-- Even a defect of the functions cannot finish work twice or run it twice at once.
CREATE UNIQUE INDEX attempt_finished_once ON attempt (study_id, trial_number, rung, purpose)
    WHERE outcome = 'finished';
CREATE UNIQUE INDEX attempt_running_once ON attempt (study_id, trial_number, rung, purpose)
    WHERE outcome = 'running';

-- One row for each running unit of work. Renewals are the most frequent writes,
-- so the table is narrow, half of each page is left free, and nothing that a
-- renewal changes is indexed: every renewal is a heap-only update.
CREATE TABLE lease (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    rung integer NOT NULL,
    purpose text NOT NULL,
    attempt integer NOT NULL,
    worker_id text NOT NULL,
    -- The claim's own mark: a claim whose reply was lost finds its lease again.
    request uuid NOT NULL,
    -- How long a renewal lasts.
    seconds double precision NOT NULL CHECK (seconds > 0 AND seconds <= 86400),
    expires timestamptz NOT NULL,
    PRIMARY KEY (study_id, trial_number, rung, purpose),
    FOREIGN KEY (study_id, trial_number, rung, purpose) REFERENCES work ON DELETE CASCADE
) WITH (fillfactor = 50);
