-- What trials report and measure, the fronts, and who controls a study.

CREATE TABLE report (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    attempt integer NOT NULL,
    step bigint NOT NULL CHECK (step >= 0),
    -- Numbers by name.
    metrics json NOT NULL
        CHECK (octet_length(metrics::text) <= 65536 AND jsonb_typeof(metrics::jsonb) = 'object'),
    reported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (study_id, trial_number, attempt, step),
    FOREIGN KEY (study_id, trial_number, attempt) REFERENCES attempt ON DELETE CASCADE
);

-- The first committed value is final.
CREATE TABLE measurement (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- Finite; NaN sorts above infinity. What is unknown has no row.
    value double precision NOT NULL CHECK (value > '-Infinity' AND value < 'Infinity'),
    kind text NOT NULL CHECK (kind IN ('exact', 'deterministic', 'observed')),
    method text NOT NULL CHECK (length(method) <= 2000),
    -- The attempt that won.
    attempt integer NOT NULL,
    PRIMARY KEY (study_id, trial_number, name),
    FOREIGN KEY (study_id, trial_number, attempt) REFERENCES attempt ON DELETE CASCADE
);

CREATE TABLE front_version (
    study_id bigint NOT NULL REFERENCES study ON DELETE CASCADE,
    version integer NOT NULL CHECK (version > 0),
    hypervolume double precision CHECK (hypervolume >= 0 AND hypervolume <= 1),
    -- The trial whose completion changed the front.
    cause integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (study_id, version),
    FOREIGN KEY (study_id, cause) REFERENCES trial ON DELETE CASCADE
);

CREATE TABLE front_member (
    study_id bigint NOT NULL,
    version integer NOT NULL,
    trial_number integer NOT NULL,
    PRIMARY KEY (study_id, version, trial_number),
    FOREIGN KEY (study_id, version) REFERENCES front_version ON DELETE CASCADE,
    FOREIGN KEY (study_id, trial_number) REFERENCES trial ON DELETE CASCADE
);

-- The lease of a study's controller. The epoch is its fencing token.
CREATE TABLE controller (
    study_id bigint PRIMARY KEY REFERENCES study ON DELETE CASCADE,
    epoch integer NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    request uuid,
    expires timestamptz NOT NULL DEFAULT '-infinity'
);
