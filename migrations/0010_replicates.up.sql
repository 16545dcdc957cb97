-- Replicates: a finished trial's configuration trained again from other seeds.

ALTER TABLE work DROP CONSTRAINT work_purpose_check;
ALTER TABLE work ADD CONSTRAINT work_purpose_check CHECK (purpose IN ('train', 'test', 'replicate'));
COMMENT ON COLUMN work.rung IS
    'Of a replicate, which always trains to the last rung, its number within the trial.';

-- What they gave; none of it is the trial's own.
CREATE TABLE replicate (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    -- From 1 within the trial.
    number integer NOT NULL CHECK (number BETWEEN 1 AND 1000),
    seed numeric(20) NOT NULL CHECK (seed BETWEEN 0 AND 18446744073709551615),
    -- [{name, value, kind, method}]; null until it is finished.
    measurements json
        CHECK (octet_length(measurements::text) <= 1048576 AND json_typeof(measurements) = 'array'),
    compute_class text CHECK (length(compute_class) <= 1000),
    failure_reason text CHECK (failure_reason IN
        ('crashed', 'diverged', 'invalid', 'timed_out', 'out_of_memory', 'lost')),
    failure_detail text CHECK (octet_length(failure_detail) <= 16384),
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (study_id, trial_number, number),
    FOREIGN KEY (study_id, trial_number) REFERENCES trial ON DELETE CASCADE,
    CHECK ((measurements IS NULL) = (compute_class IS NULL)),
    CHECK ((failure_reason IS NULL) = (failure_detail IS NULL)),
    CHECK (measurements IS NULL OR failure_reason IS NULL)
);

-- Whether the search was over and the front holds by means over seeds.
ALTER TABLE front_version ADD COLUMN is_replicated boolean NOT NULL DEFAULT false;

-- Controllers --------------------------------------------------------------

-- p_replicates: [{trial, number, seed}].
CREATE FUNCTION request_replicates(p_study bigint, p_epoch integer, p_replicates json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    stray integer;
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    SELECT min(p.trial) INTO stray
    FROM json_to_recordset(p_replicates) AS p(trial integer)
    WHERE NOT EXISTS (
        SELECT FROM trial t
        WHERE t.study_id = p_study AND t.number = p.trial AND t.state = 'done' AND t.parent IS NULL);
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'trial % is not done by its own training, so it has no replicates', stray
            USING ERRCODE = 'PS003';
    END IF;
    INSERT INTO work (study_id, trial_number, rung, purpose)
    SELECT p_study, p.trial, p.number, 'replicate'
    FROM json_to_recordset(p_replicates) AS p(trial integer, number integer)
    ORDER BY p.trial, p.number
    ON CONFLICT DO NOTHING;
    INSERT INTO replicate (study_id, trial_number, number, seed)
    SELECT p_study, p.trial, p.number, p.seed
    FROM json_to_recordset(p_replicates) AS p(trial integer, number integer, seed numeric)
    ORDER BY p.trial, p.number
    ON CONFLICT DO NOTHING;
END $$;

-- p_versions: [{version, members, hypervolume, cause, is_replicated}].
CREATE OR REPLACE FUNCTION append_front(p_study bigint, p_epoch integer, p_versions json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    WITH given AS (
        SELECT * FROM json_to_recordset(p_versions) AS p(
            version integer, members json, hypervolume double precision, cause integer,
            is_replicated boolean)
    ), added AS (
        INSERT INTO front_version (study_id, version, hypervolume, cause, is_replicated)
        SELECT p_study, version, hypervolume, cause, is_replicated FROM given
        ON CONFLICT DO NOTHING
        RETURNING version
    )
    INSERT INTO front_member (study_id, version, trial_number)
    SELECT p_study, version, member::integer
    FROM added JOIN given USING (version), json_array_elements_text(members) AS member;
END $$;

-- Workers ------------------------------------------------------------------

-- Leases the next ready unit of work; no row when there is none. Any idle
-- worker then frees what dead ones held, so workers alone recover. p_except:
-- studies that this worker cannot run, as a list.
CREATE OR REPLACE FUNCTION claim(
    p_worker text, p_study bigint, p_seconds double precision, p_request uuid, p_except json)
RETURNS TABLE (
    study_id bigint, trial_number integer, rung integer, purpose text, attempt integer,
    resolved text, budget integer, seed numeric, configuration text, artifact text,
    parent_configuration text, parent_artifact text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM lease l WHERE l.request = p_request AND l.worker_id = p_worker) THEN
        -- The fence of the CTE makes LIMIT hold whatever plan is chosen.
        WITH candidate AS MATERIALIZED (
            SELECT w.study_id, w.trial_number, w.rung, w.purpose FROM work w
            WHERE w.state = 'ready' AND w.available_at <= clock_timestamp()
                AND w.study_id BETWEEN coalesce(p_study, 0) AND coalesce(p_study, 9223372036854775807)
                AND w.study_id NOT IN (SELECT e::bigint FROM json_array_elements_text(p_except) e)
            ORDER BY w.study_id, w.purpose, w.rung DESC, w.trial_number
            LIMIT 1 FOR UPDATE SKIP LOCKED
        ), counted AS (
            UPDATE trial t SET
                attempts = t.attempts + 1,
                state = CASE c.purpose WHEN 'train' THEN 'running' ELSE t.state END
            FROM candidate c WHERE t.study_id = c.study_id AND t.number = c.trial_number
            RETURNING c.study_id, c.trial_number, c.rung, c.purpose, t.attempts AS attempt
        ), started AS (
            UPDATE work w SET state = 'running', attempt = c.attempt
            FROM counted c
            WHERE w.study_id = c.study_id AND w.trial_number = c.trial_number
                AND w.rung = c.rung AND w.purpose = c.purpose
            RETURNING c.*
        ), tried AS (
            INSERT INTO attempt (study_id, trial_number, rung, purpose, attempt, worker_id)
            SELECT s.study_id, s.trial_number, s.rung, s.purpose, s.attempt, p_worker FROM started s
        )
        INSERT INTO lease (
            study_id, trial_number, rung, purpose, attempt, worker_id, request, seconds, expires)
        SELECT s.study_id, s.trial_number, s.rung, s.purpose, s.attempt, p_worker, p_request, p_seconds,
               clock_timestamp() + make_interval(secs => p_seconds)
        FROM started s;
        IF NOT FOUND THEN
            PERFORM expire_leases();
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
        SELECT l.study_id, l.trial_number, l.rung, l.purpose, l.attempt,
               s.resolved::text, s.budget, coalesce(r.seed, t.seed), t.configuration::text,
               CASE WHEN r.seed IS NULL THEN t.artifact END, p.configuration::text, p.artifact
        FROM lease l
        JOIN study s ON s.id = l.study_id
        JOIN trial t ON t.study_id = l.study_id AND t.number = l.trial_number
        LEFT JOIN trial p ON p.study_id = t.study_id AND p.number = t.parent
        LEFT JOIN replicate r ON l.purpose = 'replicate'
            AND r.study_id = l.study_id AND r.trial_number = l.trial_number AND r.number = l.rung
        WHERE l.request = p_request AND l.worker_id = p_worker;
END $$;

-- p_measurements: [{name, value, kind, method}].
-- p_derived: [{configuration, hash, method, artifact, measurements}], the configuration as a
-- string, so that its text is stored untouched.
CREATE OR REPLACE FUNCTION finish(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_measurements json, p_compute_class text, p_artifact text, p_derived json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT hold_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'finished') THEN
        RETURN;
    END IF;
    PERFORM end_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'finished', NULL);
    UPDATE work SET state = 'finished'
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    IF p_purpose = 'replicate' THEN
        UPDATE replicate SET measurements = p_measurements, compute_class = p_compute_class
        WHERE study_id = p_study AND trial_number = p_trial AND number = p_rung;
        RETURN;
    END IF;
    INSERT INTO measurement (study_id, trial_number, rung, name, value, kind, method, attempt)
    SELECT p_study, p_trial, p_rung, p.name, p.value, p.kind, p.method, p_attempt
    FROM json_to_recordset(p_measurements) AS p(
        name text, value double precision, kind text, method text)
    ON CONFLICT DO NOTHING;
    IF p_purpose = 'train' AND p_rung < (SELECT last_rung FROM study WHERE id = p_study) THEN
        UPDATE trial SET state = 'paused' WHERE study_id = p_study AND number = p_trial;
        RETURN;
    END IF;
    UPDATE trial SET
        state = 'done', compute_class = p_compute_class, artifact = p_artifact,
        finished_at = clock_timestamp()
    WHERE study_id = p_study AND number = p_trial AND p_purpose = 'train';
    INSERT INTO derived_result (study_id, trial_number, place, configuration, configuration_hash, method,
                                artifact, measurements, attempt)
    SELECT p_study, p_trial, d.place - 1, (d.result ->> 'configuration')::json, d.result ->> 'hash',
           d.result ->> 'method', d.result ->> 'artifact', d.result -> 'measurements', p_attempt
    FROM json_array_elements(p_derived) WITH ORDINALITY AS d(result, place)
    WHERE p_purpose = 'train';
END $$;

-- Ends the running attempt of locked work as a failure: tried again, or final.
CREATE OR REPLACE FUNCTION end_in_failure(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_reason text, p_detail text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM end_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, p_reason, p_detail);
    UPDATE work SET
        crashes = crashes + (p_reason = 'crashed')::integer,
        losses = losses + (p_reason = 'lost')::integer
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    IF NOT is_hopeless(p_study, p_trial, p_rung, p_purpose, p_reason) THEN
        PERFORM make_ready(
            p_study, p_trial, p_rung, p_purpose, backoff(p_study, p_trial, p_rung, p_purpose, p_reason));
        RETURN;
    END IF;
    UPDATE work SET state = 'finished'
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    -- A test or a replicate that fails leaves its trial done.
    UPDATE trial SET
        state = 'failed', failure_reason = p_reason, failure_detail = p_detail,
        finished_at = clock_timestamp()
    WHERE study_id = p_study AND number = p_trial AND p_purpose = 'train';
    UPDATE replicate SET failure_reason = p_reason, failure_detail = p_detail
    WHERE study_id = p_study AND trial_number = p_trial AND number = p_rung AND p_purpose = 'replicate';
END $$;

DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema());
END $$;

-- Readers ------------------------------------------------------------------

DO $$
DECLARE
    readers text := current_setting('peftsearch.prefix') || 'dashboard';
BEGIN
    PERFORM set_config('search_path', format('%I, %s', readers, current_setting('search_path')), true);
END $$;

CREATE VIEW replicates AS
SELECT r.study_id, s.name AS study, r.trial_number, r.number, r.seed, m.name, m.value, m.kind, m.method,
       r.failure_reason, r.failure_detail
FROM replicate r
JOIN study s ON s.id = r.study_id
LEFT JOIN LATERAL json_to_recordset(r.measurements) AS m(
    name text, value double precision, kind text, method text) ON true;
COMMENT ON VIEW replicates IS
    'One row a measurement of a trial''s configuration from another seed; one that has none has one row.';

CREATE OR REPLACE VIEW attempts AS
SELECT a.study_id, s.name AS study, a.trial_number, a.attempt, a.purpose,
       CASE a.purpose WHEN 'replicate' THEN s.last_rung ELSE a.rung END AS rung, a.worker_id, w.host,
       a.outcome, a.detail, a.claimed_at, a.ended_at,
       CASE a.purpose WHEN 'replicate' THEN a.rung END AS replicate
FROM attempt a JOIN study s ON s.id = a.study_id JOIN worker w ON w.id = a.worker_id;

CREATE OR REPLACE VIEW front_versions AS
SELECT f.study_id, s.name AS study, f.version, f.hypervolume, f.cause, f.created_at, f.is_replicated
FROM front_version f JOIN study s ON s.id = f.study_id;
