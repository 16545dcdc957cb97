-- Studies and their trials.
--
-- Names are unqualified: the migrator puts the schema first in search_path, so
-- that each test can have a schema of its own.
--
-- Documents whose hash or bits matter are json, not jsonb: json keeps the text
-- byte for byte, so a hash can be taken again and a number reads back with the
-- same bits; jsonb would rewrite numbers and reorder members. The cast in the
-- check refuses what jsonb cannot hold (U+0000), so that readers may cast.

CREATE TABLE study (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9_.-]{1,100}$'),
    -- SHA-256 of the identity: without paths and without the budget.
    hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
    -- The resolved study as it was created; its budget may have grown since.
    resolved json NOT NULL
        CHECK (octet_length(resolved::text) <= 16777216 AND resolved::jsonb IS NOT NULL),
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'testing', 'complete')),
    -- In trials; only grows.
    budget integer NOT NULL CHECK (budget > 0),
    -- Whether the search went on after its test split was measured.
    is_test_seen boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    completed_at timestamptz,
    CHECK ((state = 'complete') = (completed_at IS NOT NULL))
);

CREATE TABLE trial (
    study_id bigint NOT NULL REFERENCES study ON DELETE CASCADE,
    -- From 0, without gaps.
    number integer NOT NULL CHECK (number >= 0),
    state text NOT NULL DEFAULT 'ready'
        CHECK (state IN ('ready', 'running', 'paused', 'done', 'stopped', 'failed', 'cancelled')),
    -- 64 bits without sign, which bigint cannot hold.
    seed numeric(20) NOT NULL CHECK (seed BETWEEN 0 AND 18446744073709551615),
    rung integer NOT NULL DEFAULT 0 CHECK (rung >= 0),
    parent integer CHECK (parent < number),
    label text CHECK (length(label) BETWEEN 1 AND 200),
    assignment json NOT NULL
        CHECK (octet_length(assignment::text) <= 1048576 AND assignment::jsonb IS NOT NULL),
    configuration json NOT NULL
        CHECK (octet_length(configuration::text) <= 1048576 AND configuration::jsonb IS NOT NULL),
    configuration_hash text NOT NULL CHECK (configuration_hash ~ '^[0-9a-f]{64}$'),
    virtual_start bigint NOT NULL,
    virtual_finish bigint NOT NULL,
    -- The last attempt handed out for any work of the trial: the fencing token.
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    compute_class text CHECK (length(compute_class) <= 1000),
    artifact text CHECK (length(artifact) <= 1000),
    failure_reason text CHECK (failure_reason IN
        ('crashed', 'diverged', 'invalid', 'timed_out', 'out_of_memory', 'lost')),
    failure_detail text CHECK (octet_length(failure_detail) <= 16384),
    proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    PRIMARY KEY (study_id, number),
    UNIQUE (study_id, configuration_hash),
    FOREIGN KEY (study_id, parent) REFERENCES trial,
    CHECK (virtual_finish > virtual_start),
    CHECK ((state IN ('done', 'stopped', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CHECK ((state = 'done') = (compute_class IS NOT NULL)),
    CHECK (state = 'done' OR artifact IS NULL),
    CHECK ((state = 'failed') = (failure_reason IS NOT NULL)),
    CHECK ((failure_reason IS NULL) = (failure_detail IS NULL))
);
