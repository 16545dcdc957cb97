-- Derived trials: what follows from a trained one's tensors without training.

-- As the worker measured it when the trial finished; the controller makes
-- trials of what is new.
CREATE TABLE derived_result (
    study_id bigint NOT NULL,
    -- The trial that was trained.
    trial_number integer NOT NULL,
    -- From 0, in the order of trying.
    place integer NOT NULL CHECK (place >= 0),
    configuration json NOT NULL
        CHECK (octet_length(configuration::text) <= 1048576 AND configuration::jsonb IS NOT NULL),
    configuration_hash text NOT NULL CHECK (configuration_hash ~ '^[0-9a-f]{64}$'),
    method text NOT NULL CHECK (length(method) BETWEEN 1 AND 2000),
    artifact text NOT NULL CHECK (length(artifact) <= 1000),
    -- [{name, value, kind, method}]
    measurements json NOT NULL
        CHECK (octet_length(measurements::text) <= 1048576 AND json_typeof(measurements) = 'array'),
    attempt integer NOT NULL,
    PRIMARY KEY (study_id, trial_number, place),
    UNIQUE (study_id, trial_number, configuration_hash),
    FOREIGN KEY (study_id, trial_number, attempt) REFERENCES attempt ON DELETE CASCADE
);

-- A configuration is proposed once. One that was derived when a budget had
-- ended may still be proposed when the budget grows.
ALTER TABLE trial DROP CONSTRAINT trial_study_id_configuration_hash_key;
CREATE UNIQUE INDEX trial_proposed_once ON trial (study_id, configuration_hash) WHERE parent IS NULL;
CREATE UNIQUE INDEX trial_derived_once ON trial (study_id, parent, configuration_hash)
    WHERE parent IS NOT NULL;

-- A derived trial was measured by its parent's attempt, and has none.
ALTER TABLE measurement ALTER COLUMN attempt DROP NOT NULL;
ALTER TABLE measurement ADD CONSTRAINT measurement_trial
    FOREIGN KEY (study_id, trial_number) REFERENCES trial ON DELETE CASCADE;

-- Controllers --------------------------------------------------------------

-- p_trials: [{number, parent, place, assignment}], the assignment as a string.
CREATE FUNCTION derive(p_study bigint, p_epoch integer, p_trials json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    stray integer;
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    SELECT min(p.number) INTO stray
    FROM json_to_recordset(p_trials) AS p(number integer, parent integer, place integer)
    WHERE NOT EXISTS (
        SELECT FROM derived_result d
        WHERE d.study_id = p_study AND d.trial_number = p.parent AND d.place = p.place);
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'trial % was not derived from any', stray USING ERRCODE = 'PS003';
    END IF;
    WITH given AS (
        SELECT p.number, p.parent, p.assignment, t.seed, t.rung, t.virtual_start, t.virtual_finish,
               t.compute_class, d.configuration, d.configuration_hash, d.artifact, d.measurements
        FROM json_to_recordset(p_trials) AS p(
            number integer, parent integer, place integer, assignment text)
        JOIN trial t ON t.study_id = p_study AND t.number = p.parent
        JOIN derived_result d
            ON d.study_id = p_study AND d.trial_number = p.parent AND d.place = p.place
    ), added AS (
        INSERT INTO trial (study_id, number, state, seed, rung, parent, assignment, configuration,
                           configuration_hash, virtual_start, virtual_finish, compute_class, artifact,
                           finished_at)
        SELECT p_study, number, 'done', seed, rung, parent, assignment::json, configuration,
               configuration_hash, virtual_start, virtual_finish, compute_class, artifact,
               clock_timestamp()
        FROM given ORDER BY number
        ON CONFLICT (study_id, number) DO NOTHING
        RETURNING number)
    INSERT INTO measurement (study_id, trial_number, rung, name, value, kind, method)
    SELECT p_study, g.number, g.rung, m.name, m.value, m.kind, m.method
    FROM added JOIN given g USING (number), json_to_recordset(g.measurements) AS m(
        name text, value double precision, kind text, method text);

    SELECT min(p.number) INTO stray
    FROM json_to_recordset(p_trials) AS p(number integer)
    WHERE NOT EXISTS (
        SELECT FROM trial t WHERE t.study_id = p_study AND t.number = p.number - 1);
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'trial % was derived before trial %', stray, stray - 1 USING ERRCODE = 'PS003';
    END IF;
END $$;

-- Workers ------------------------------------------------------------------

DROP FUNCTION claim(text, bigint, double precision, uuid, json);

-- Leases the next ready unit of work; no row when there is none. Any idle
-- worker then frees what dead ones held, so workers alone recover. p_except:
-- studies that this worker cannot run, as a list.
CREATE FUNCTION claim(
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
               s.resolved::text, s.budget, t.seed, t.configuration::text, t.artifact,
               p.configuration::text, p.artifact
        FROM lease l
        JOIN study s ON s.id = l.study_id
        JOIN trial t ON t.study_id = l.study_id AND t.number = l.trial_number
        LEFT JOIN trial p ON p.study_id = t.study_id AND p.number = t.parent
        WHERE l.request = p_request AND l.worker_id = p_worker;
END $$;

DROP FUNCTION finish(bigint, integer, integer, text, integer, json, text, text);

-- p_measurements: [{name, value, kind, method}].
-- p_derived: [{configuration, hash, method, artifact, measurements}], the configuration as a
-- string, so that its text is stored untouched.
CREATE FUNCTION finish(
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

CREATE OR REPLACE VIEW studies AS
SELECT s.id AS study_id, s.name AS study, s.state, s.budget, s.is_test_seen, s.hash,
       s.resolved::jsonb AS resolved, s.created_at, s.completed_at,
       count(t.number) FILTER (WHERE t.parent IS NULL) AS trials,
       count(t.number) FILTER (WHERE t.state = 'done' AND t.parent IS NULL) AS done,
       count(t.number) FILTER (WHERE t.state = 'failed') AS failed,
       count(t.number) FILTER (WHERE t.state = 'running') AS running,
       count(t.number) FILTER (WHERE t.state = 'paused') AS paused,
       count(t.number) FILTER (WHERE t.state = 'stopped') AS stopped,
       count(t.parent) AS derived
FROM study s LEFT JOIN trial t ON t.study_id = s.id
GROUP BY s.id;
COMMENT ON VIEW studies IS
    'One row a study, with its trials counted by state, those derived from others apart.';

CREATE OR REPLACE VIEW trials AS
SELECT t.study_id, s.name AS study, t.number, t.state, t.seed, t.rung, t.parent, t.label,
       t.assignment::jsonb AS assignment, t.configuration::jsonb AS configuration,
       t.configuration_hash, t.compute_class, t.artifact, t.failure_reason, t.failure_detail,
       t.virtual_start, t.virtual_finish, t.proposed_at, t.finished_at, d.method AS derivation
FROM trial t
JOIN study s ON s.id = t.study_id
LEFT JOIN derived_result d ON d.study_id = t.study_id AND d.trial_number = t.parent
    AND d.configuration_hash = t.configuration_hash;
COMMENT ON VIEW trials IS
    'One row a trial: what was proposed, or derived from its parent without training, and what came of it.';
