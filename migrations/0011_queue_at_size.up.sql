-- The queue at speed and at size: leases of one commit, and readers that take no
-- longer in a study of a million trials.

-- How many trials rest -------------------------------------------------------

-- Trials by state, but those that are ready or run, which other tables know;
-- derived ones apart. A study has several rows of a kind, one for each of a few
-- groups of sessions, so that workers that finish do not wait for each other;
-- their sum counts.
CREATE TABLE trial_count (
    study_id bigint NOT NULL REFERENCES study ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('paused', 'done', 'stopped', 'failed', 'cancelled', 'derived')),
    shard integer NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (study_id, kind, shard)
) WITH (fillfactor = 50);

INSERT INTO trial_count (study_id, kind, shard, count)
SELECT study_id, CASE WHEN parent IS NULL THEN state ELSE 'derived' END, 0, count(*)
FROM trial WHERE state NOT IN ('ready', 'running')
GROUP BY 1, 2;

CREATE FUNCTION count_trial() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    session integer := pg_backend_pid() % 16;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state NOT IN ('ready', 'running') THEN
        INSERT INTO trial_count AS c (study_id, kind, shard, count)
        VALUES (OLD.study_id, CASE WHEN OLD.parent IS NULL THEN OLD.state ELSE 'derived' END, session, -1)
        ON CONFLICT (study_id, kind, shard) DO UPDATE SET count = c.count - 1;
    END IF;
    IF NEW.state NOT IN ('ready', 'running') THEN
        INSERT INTO trial_count AS c (study_id, kind, shard, count)
        VALUES (NEW.study_id, CASE WHEN NEW.parent IS NULL THEN NEW.state ELSE 'derived' END, session, 1)
        ON CONFLICT (study_id, kind, shard) DO UPDATE SET count = c.count + 1;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER trial_counted_when_added AFTER INSERT ON trial
    FOR EACH ROW WHEN (NEW.state NOT IN ('ready', 'running'))
    EXECUTE FUNCTION count_trial();
CREATE TRIGGER trial_counted_when_changed AFTER UPDATE OF state ON trial
    FOR EACH ROW WHEN (
        OLD.state <> NEW.state
        AND (OLD.state NOT IN ('ready', 'running') OR NEW.state NOT IN ('ready', 'running')))
    EXECUTE FUNCTION count_trial();

-- What readers look for -------------------------------------------------------

-- Tests and replicates that are outstanding, among all units of work.
CREATE INDEX work_beside_training ON work (study_id, purpose) WHERE purpose <> 'train';
-- What finishes after the virtual clock and may not have met the front yet. It
-- holds every trial, and names a condition so that no plan takes it for the key,
-- as one that was made while the table was small would, and then keep it.
CREATE INDEX trial_by_finish ON trial (study_id, virtual_finish) WHERE virtual_finish > 0;
CREATE INDEX promotion_by_finish ON promotion (study_id, virtual_finish);
CREATE INDEX trial_labelled ON trial (study_id) WHERE label IS NOT NULL;
-- A claim looks for the lease that it may have made already.
CREATE UNIQUE INDEX lease_request ON lease (request);
CREATE INDEX study_open ON study (id) WHERE state <> 'complete';

-- A trial's row is written again when it is claimed and when it ends; no index
-- has a column that then changes, so with room on its page that costs no index
-- an entry.
ALTER TABLE trial SET (fillfactor = 70);
-- Rows that are over soon: dead ones are cleared away before they slow claims.
ALTER TABLE work SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE lease SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
ALTER TABLE trial_count SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- Controllers -----------------------------------------------------------------

-- All trials with a number below have ended their first training, for good: a
-- claim need not walk over what is left of them in the index.
ALTER TABLE controller ADD COLUMN first_open integer NOT NULL DEFAULT 0;

-- p_trials: [{number, seed, parent, label, assignment, configuration, hash, start, finish}],
-- both documents as strings. Trials that exist stay as they are.
CREATE OR REPLACE FUNCTION propose(p_study bigint, p_epoch integer, p_trials json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    stray integer;
BEGIN
    -- Holds the epoch too. In one snapshot a unit that is not finished is
    -- leased or ready, and new ones come with higher numbers alone.
    UPDATE controller SET first_open = coalesce(
        least(
            (SELECT min(l.trial_number) FROM lease l
             WHERE l.study_id = p_study AND l.purpose = 'train' AND l.rung = 0),
            (SELECT min(w.trial_number) FROM work w
             WHERE w.study_id = p_study AND w.purpose = 'train' AND w.rung = 0 AND w.state = 'ready'
                 AND w.trial_number >= first_open)),
        (SELECT max(t.number) + 1 FROM trial t WHERE t.study_id = p_study),
        0)
    WHERE study_id = p_study AND epoch = p_epoch;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'epoch % no longer controls study %', p_epoch, p_study USING ERRCODE = 'PS001';
    END IF;

    WITH added AS (
        INSERT INTO trial (study_id, number, seed, parent, label, assignment, configuration,
                           configuration_hash, virtual_start, virtual_finish)
        SELECT p_study, p.number, p.seed, p.parent, p.label, p.assignment::json, p.configuration::json,
               p.hash, p.start, p.finish
        FROM json_to_recordset(p_trials) AS p(
            number integer, seed numeric, parent integer, label text, assignment text,
            configuration text, hash text, start bigint, finish bigint)
        ORDER BY p.number
        ON CONFLICT (study_id, number) DO NOTHING
        RETURNING number)
    INSERT INTO work (study_id, trial_number, rung, purpose)
    SELECT p_study, number, 0, 'train' FROM added;

    -- One look each, whatever the plan: a join might walk through the study.
    SELECT min(p.number) INTO stray
    FROM json_to_recordset(p_trials) AS p(number integer)
    WHERE p.number > 0 AND (
        SELECT t.number FROM trial t WHERE t.study_id = p_study AND t.number = p.number - 1) IS NULL;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'trial % was proposed before trial %', stray, stray - 1 USING ERRCODE = 'PS003';
    END IF;
END $$;

-- Attempts --------------------------------------------------------------------

-- What follows is called by the functions that workers call, and takes their
-- role and search_path: nobody else may call it.

-- Locks the unit of work. True when the attempt runs; false when it already
-- ended with this outcome, so that the call is a repeat.
CREATE OR REPLACE FUNCTION hold_attempt(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer, p_outcome text)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    SELECT state, attempt INTO held FROM work
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose
    FOR UPDATE;
    IF held.state = 'running' AND held.attempt = p_attempt THEN
        RETURN true;
    END IF;
    IF EXISTS (
        SELECT FROM attempt
        WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose
            AND attempt = p_attempt AND outcome = p_outcome)
    THEN
        RETURN false;
    END IF;
    RAISE EXCEPTION 'attempt % at trial % of study % no longer runs', p_attempt, p_trial, p_study
        USING ERRCODE = 'PS001';
END $$;

-- Ends the running attempt of locked work.
CREATE OR REPLACE FUNCTION end_attempt(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_outcome text, p_detail text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM lease
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    UPDATE attempt SET outcome = p_outcome, detail = p_detail, ended_at = clock_timestamp()
    WHERE study_id = p_study AND trial_number = p_trial AND attempt = p_attempt;
END $$;

-- Seconds until failed work is tried again: the n-th failure waits
-- backoff_seconds * 2^(n-1), at most the limit, less up to half by chance, so
-- that what failed together does not come back together. Work that was lost has
-- already waited for its lease to run out.
CREATE OR REPLACE FUNCTION backoff(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_reason text)
RETURNS double precision LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT CASE WHEN p_reason = 'lost' THEN 0
        ELSE (1 - random() / 2)
            * least(p.backoff_limit_seconds, p.backoff_seconds * 2 ^ (least(a.failures, 30) - 1)) END
    FROM retry_policy p, (
        SELECT count(*) AS failures FROM attempt
        WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose
            AND outcome IN ('crashed', 'timed_out', 'out_of_memory')) a;
$$;

-- Workers ---------------------------------------------------------------------

-- What they call looks rows up by their keys, whatever the parameters: one plan
-- for all calls of a session, where planning would take longer than running.

-- Locks the next ready unit of work of a study, unless there is none: tests and
-- replicates, then the highest rung, then the lowest number. Each part of the
-- order is a range of its own in the index of ready work: the entries of what
-- was ready before lie there until they are vacuumed, and are not walked over.
CREATE FUNCTION lock_ready(p_study bigint, p_last_rung integer, p_first_open integer)
RETURNS work LANGUAGE plpgsql AS $$
DECLARE
    found_work work;
BEGIN
    SELECT * INTO found_work FROM work w
    WHERE w.study_id = p_study AND w.purpose < 'train'
        AND w.state = 'ready' AND w.available_at <= clock_timestamp()
    ORDER BY w.purpose, w.rung DESC, w.trial_number
    LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND AND p_last_rung > 0 THEN
        SELECT * INTO found_work FROM work w
        WHERE w.study_id = p_study AND w.purpose = 'train' AND w.rung > 0
            AND w.state = 'ready' AND w.available_at <= clock_timestamp()
        ORDER BY w.rung DESC, w.trial_number
        LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;
    IF found_work.study_id IS NULL THEN
        SELECT * INTO found_work FROM work w
        WHERE w.study_id = p_study AND w.purpose = 'train' AND w.rung = 0
            AND w.trial_number >= p_first_open
            AND w.state = 'ready' AND w.available_at <= clock_timestamp()
        ORDER BY w.trial_number
        LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;
    RETURN found_work;
END $$;

-- Leases the next ready unit of work. A request that holds a lease already is a
-- repeat, whose sender counts from now: it renews that one. Returns whether it
-- holds one now.
CREATE FUNCTION lease_next(
    p_worker text, p_study bigint, p_seconds double precision, p_request uuid, p_except json)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    refused bigint[] := ARRAY(SELECT e::bigint FROM json_array_elements_text(p_except) e);
    candidate record;
    ready work;
    started integer;
BEGIN
    UPDATE lease SET seconds = p_seconds, expires = clock_timestamp() + make_interval(secs => p_seconds)
    WHERE request = p_request AND worker_id = p_worker;
    IF FOUND THEN
        RETURN true;
    END IF;
    FOR candidate IN
        SELECT s.id, s.last_rung, c.first_open
        FROM study s JOIN controller c ON c.study_id = s.id
        WHERE s.state <> 'complete' AND (p_study IS NULL OR s.id = p_study) AND s.id <> ALL (refused)
        ORDER BY s.id
    LOOP
        ready := lock_ready(candidate.id, candidate.last_rung, candidate.first_open);
        EXIT WHEN ready.study_id IS NOT NULL;
    END LOOP;
    IF ready.study_id IS NULL THEN
        RETURN false;
    END IF;
    UPDATE trial t SET
        attempts = t.attempts + 1,
        state = CASE ready.purpose WHEN 'train' THEN 'running' ELSE t.state END
    WHERE t.study_id = ready.study_id AND t.number = ready.trial_number
    RETURNING t.attempts INTO started;
    UPDATE work w SET state = 'running', attempt = started
    WHERE w.study_id = ready.study_id AND w.trial_number = ready.trial_number
        AND w.rung = ready.rung AND w.purpose = ready.purpose;
    INSERT INTO attempt (study_id, trial_number, rung, purpose, attempt, worker_id)
    VALUES (ready.study_id, ready.trial_number, ready.rung, ready.purpose, started, p_worker);
    INSERT INTO lease (study_id, trial_number, rung, purpose, attempt, worker_id, request, seconds, expires)
    VALUES (ready.study_id, ready.trial_number, ready.rung, ready.purpose, started, p_worker, p_request,
            p_seconds, clock_timestamp() + make_interval(secs => p_seconds));
    RETURN true;
END $$;

-- What a worker needs of the lease that its request holds.
CREATE FUNCTION leased(p_worker text, p_request uuid)
RETURNS TABLE (
    study_id bigint, trial_number integer, rung integer, purpose text, attempt integer,
    resolved text, budget integer, seed numeric, configuration text, artifact text,
    parent_configuration text, parent_artifact text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
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

-- Leases the next ready unit of work; no row when there is none. Any idle
-- worker then frees what dead ones held, so workers alone recover. p_except:
-- studies that this worker cannot run, as a list.
CREATE OR REPLACE FUNCTION claim(
    p_worker text, p_study bigint, p_seconds double precision, p_request uuid, p_except json)
RETURNS TABLE (
    study_id bigint, trial_number integer, rung integer, purpose text, attempt integer,
    resolved text, budget integer, seed numeric, configuration text, artifact text,
    parent_configuration text, parent_artifact text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    IF lease_next(p_worker, p_study, p_seconds, p_request, p_except) THEN
        RETURN QUERY SELECT * FROM leased(p_worker, p_request);
    ELSE
        PERFORM expire_leases();
    END IF;
END $$;

-- p_measurements: [{name, value, kind, method}].
-- p_derived: [{configuration, hash, method, artifact, measurements}], the configuration as a
-- string, so that its text is stored untouched.
CREATE OR REPLACE FUNCTION finish(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_measurements json, p_compute_class text, p_artifact text, p_derived json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan AS $$
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
    IF p_purpose = 'train' THEN
        UPDATE trial SET
            state = 'done', compute_class = p_compute_class, artifact = p_artifact,
            finished_at = clock_timestamp()
        WHERE study_id = p_study AND number = p_trial;
    END IF;
    IF p_purpose <> 'train' OR json_array_length(p_derived) = 0 THEN
        RETURN;
    END IF;
    INSERT INTO derived_result (study_id, trial_number, place, configuration, configuration_hash, method,
                                artifact, measurements, attempt)
    SELECT p_study, p_trial, d.place - 1, (d.result ->> 'configuration')::json, d.result ->> 'hash',
           d.result ->> 'method', d.result ->> 'artifact', d.result -> 'measurements', p_attempt
    FROM json_array_elements(p_derived) WITH ORDINALITY AS d(result, place);
END $$;

DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema());
END $$;

-- Readers ---------------------------------------------------------------------

DO $$
DECLARE
    readers text := current_setting('peftsearch.prefix') || 'dashboard';
BEGIN
    PERFORM set_config('search_path', format('%I, %s', readers, current_setting('search_path')), true);
END $$;

CREATE OR REPLACE VIEW studies AS
SELECT s.id AS study_id, s.name AS study, s.state, s.budget, s.is_test_seen, s.hash,
       s.resolved::jsonb AS resolved, s.created_at, s.completed_at,
       coalesce((SELECT max(t.number) + 1 FROM trial t WHERE t.study_id = s.id), 0) - n.derived AS trials,
       n.done, n.failed,
       (SELECT count(*) FROM lease l WHERE l.study_id = s.id AND l.purpose = 'train') AS running,
       n.paused, n.stopped, n.derived
FROM study s, LATERAL (
    SELECT coalesce(sum(c.count) FILTER (WHERE c.kind = 'done'), 0)::bigint AS done,
           coalesce(sum(c.count) FILTER (WHERE c.kind = 'failed'), 0)::bigint AS failed,
           coalesce(sum(c.count) FILTER (WHERE c.kind = 'paused'), 0)::bigint AS paused,
           coalesce(sum(c.count) FILTER (WHERE c.kind = 'stopped'), 0)::bigint AS stopped,
           coalesce(sum(c.count) FILTER (WHERE c.kind = 'derived'), 0)::bigint AS derived
    FROM trial_count c WHERE c.study_id = s.id) n;
