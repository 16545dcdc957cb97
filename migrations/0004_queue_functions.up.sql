-- Every write of workers and controllers.
--
-- Rules that hold together:
-- * Time is the server's, read when it is needed (clock_timestamp).
-- * A worker's write needs its attempt to be the running one; a controller's
--   write needs its epoch to be the current one. Otherwise: PS001.
-- * A call may be repeated: what the same caller already did succeeds again
--   without effect.
-- * Locks are taken in one order: work, lease, trial, attempt.
-- * Functions run as their owner with a pinned search_path, so that a role may
--   be granted calls without any right on a table.
--
-- PS001 the caller no longer holds what it writes to
-- PS002 there is no such study or trial
-- PS003 the request contradicts what is stored

-- Studies ------------------------------------------------------------------

CREATE FUNCTION create_study(p_name text, p_hash text, p_resolved text, p_budget integer)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    stored bigint;
BEGIN
    INSERT INTO study (name, hash, resolved, budget)
    VALUES (p_name, p_hash, p_resolved::json, p_budget)
    ON CONFLICT (name) DO NOTHING
    RETURNING id INTO stored;
    IF stored IS NOT NULL THEN
        INSERT INTO controller (study_id) VALUES (stored);
    ELSE
        SELECT id INTO stored FROM study WHERE name = p_name;
        -- The same study: its files may have moved since.
        UPDATE study SET resolved = p_resolved::json WHERE name = p_name AND hash = p_hash;
    END IF;
    RETURN stored;
END $$;

CREATE FUNCTION delete_study(p_study bigint)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    -- The cascade would lock trials before work.
    PERFORM FROM work WHERE study_id = p_study
    ORDER BY trial_number, rung, purpose FOR UPDATE;
    DELETE FROM study WHERE id = p_study;
END $$;

CREATE FUNCTION extend(p_study bigint, p_trials integer)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE study SET
        budget = p_trials,
        state = 'running',
        completed_at = NULL,
        is_test_seen = is_test_seen OR EXISTS (
            SELECT FROM attempt a WHERE a.study_id = p_study AND a.purpose = 'test')
    WHERE id = p_study AND budget < p_trials;
    -- The front may change before the test split is looked at again.
    IF FOUND THEN
        DELETE FROM work
        WHERE study_id = p_study AND purpose = 'test' AND state = 'ready' AND attempt IS NULL;
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM study WHERE id = p_study) THEN
        RAISE EXCEPTION 'there is no study with id %', p_study USING ERRCODE = 'PS002';
    END IF;
END $$;

-- Controllers --------------------------------------------------------------

-- Returns the epoch, or null when another controller holds the study.
CREATE FUNCTION take_control(p_study bigint, p_epoch integer, p_seconds double precision, p_request uuid)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    held integer;
    until timestamptz := clock_timestamp() + make_interval(secs => p_seconds);
BEGIN
    IF p_epoch IS NULL THEN
        UPDATE controller SET
            epoch = epoch + CASE WHEN request IS NOT DISTINCT FROM p_request THEN 0 ELSE 1 END,
            request = p_request,
            expires = until
        WHERE study_id = p_study AND (expires < clock_timestamp() OR request = p_request)
        RETURNING epoch INTO held;
    ELSE
        -- Also when it ran out, as long as nobody took over.
        UPDATE controller SET expires = until
        WHERE study_id = p_study AND epoch = p_epoch
        RETURNING epoch INTO held;
    END IF;
    IF held IS NULL AND NOT EXISTS (SELECT FROM study WHERE id = p_study) THEN
        RAISE EXCEPTION 'there is no study with id %', p_study USING ERRCODE = 'PS002';
    END IF;
    RETURN held;
END $$;

-- Keeps the epoch from changing until the transaction ends.
CREATE FUNCTION hold_epoch(p_study bigint, p_epoch integer)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM controller WHERE study_id = p_study AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'epoch % no longer controls study %', p_epoch, p_study USING ERRCODE = 'PS001';
    END IF;
END $$;

-- p_trials: [{number, seed, parent, label, assignment, configuration, hash, start, finish}],
-- with both documents as strings, so that their text is stored untouched.
CREATE FUNCTION propose(p_study bigint, p_epoch integer, p_trials json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    stray integer;
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
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

    SELECT min(p.number) INTO stray
    FROM json_to_recordset(p_trials) AS p(number integer)
    WHERE p.number > 0 AND NOT EXISTS (
        SELECT FROM trial t WHERE t.study_id = p_study AND t.number = p.number - 1);
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'trial % was proposed before trial %', stray, stray - 1 USING ERRCODE = 'PS003';
    END IF;
END $$;

-- p_versions: [{version, members, hypervolume, cause}].
CREATE FUNCTION append_front(p_study bigint, p_epoch integer, p_versions json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    WITH given AS (
        SELECT * FROM json_to_recordset(p_versions) AS p(
            version integer, members json, hypervolume double precision, cause integer)
    ), added AS (
        INSERT INTO front_version (study_id, version, hypervolume, cause)
        SELECT p_study, version, hypervolume, cause FROM given
        ON CONFLICT DO NOTHING
        RETURNING version
    )
    INSERT INTO front_member (study_id, version, trial_number)
    SELECT p_study, version, member::integer
    FROM added JOIN given USING (version), json_array_elements_text(members) AS member;
END $$;

CREATE FUNCTION request_tests(p_study bigint, p_epoch integer, p_trials integer[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    stray integer;
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    SELECT min(asked) INTO stray FROM unnest(p_trials) AS asked
    WHERE NOT EXISTS (
        SELECT FROM trial t WHERE t.study_id = p_study AND t.number = asked AND t.state = 'done');
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'trial % is not done, so it cannot be tested', stray USING ERRCODE = 'PS003';
    END IF;
    INSERT INTO work (study_id, trial_number, rung, purpose)
    SELECT study_id, number, rung, 'test' FROM trial
    WHERE study_id = p_study AND number = ANY (p_trials)
    ORDER BY number
    ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION set_study_state(p_study bigint, p_epoch integer, p_state text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    UPDATE study SET
        state = p_state,
        completed_at = CASE WHEN p_state = 'complete' THEN clock_timestamp() END
    WHERE id = p_study AND state <> p_state;
END $$;

-- Attempts -----------------------------------------------------------------

-- Locks the unit of work. True when the attempt runs; false when it already
-- ended with this outcome, so that the call is a repeat.
CREATE FUNCTION hold_attempt(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer, p_outcome text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM work
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose
    FOR UPDATE;
    IF EXISTS (
        SELECT FROM work
        WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose
            AND state = 'running' AND attempt = p_attempt)
    THEN
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
CREATE FUNCTION end_attempt(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_outcome text, p_detail text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DELETE FROM lease
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    UPDATE attempt SET outcome = p_outcome, detail = p_detail, ended_at = clock_timestamp()
    WHERE study_id = p_study AND trial_number = p_trial AND attempt = p_attempt;
$$;

-- Makes locked work ready again.
CREATE FUNCTION make_ready(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_delay double precision)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE work SET state = 'ready', available_at = clock_timestamp() + make_interval(secs => p_delay)
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    UPDATE trial SET state = 'ready'
    WHERE study_id = p_study AND number = p_trial AND p_purpose = 'train';
$$;

-- Whether the failures of a unit of work, the newest included, end it.
CREATE FUNCTION is_hopeless(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_reason text)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT CASE p_reason
        WHEN 'crashed' THEN w.crashes >= p.crash_limit
        WHEN 'lost' THEN w.losses >= p.loss_limit AND a.workers >= p.loss_workers
        WHEN 'timed_out' THEN a.workers >= p.machine_failure_workers OR a.times >= p.machine_failure_limit
        WHEN 'out_of_memory' THEN a.workers >= p.machine_failure_workers OR a.times >= p.machine_failure_limit
        ELSE true
    END
    FROM retry_policy p, work w, (
        SELECT count(*) AS times, count(DISTINCT worker_id) AS workers FROM attempt
        WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose
            AND outcome = p_reason) a
    WHERE w.study_id = p_study AND w.trial_number = p_trial AND w.rung = p_rung AND w.purpose = p_purpose;
$$;

-- Seconds until failed work is tried again. Work that was lost has already
-- waited for its lease to run out.
CREATE FUNCTION backoff(p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_reason text)
RETURNS double precision LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT CASE WHEN p_reason = 'lost' THEN 0
        ELSE least(p.backoff_limit_seconds, p.backoff_seconds * 2 ^ (least(a.failures, 30) - 1)) END
    FROM retry_policy p, (
        SELECT count(*) AS failures FROM attempt
        WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose
            AND outcome IN ('crashed', 'timed_out', 'out_of_memory')) a;
$$;

-- Ends the running attempt of locked work as a failure: tried again, or final.
CREATE FUNCTION end_in_failure(
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
    -- A test that fails leaves its trial done, without test measurements.
    UPDATE trial SET
        state = 'failed', failure_reason = p_reason, failure_detail = p_detail,
        finished_at = clock_timestamp()
    WHERE study_id = p_study AND number = p_trial AND p_purpose = 'train';
END $$;

-- Workers ------------------------------------------------------------------

CREATE FUNCTION register_worker(p_id text, p_host text, p_process bigint, p_slots integer)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO worker (id, host, process_identifier, slots)
    VALUES (p_id, p_host, p_process, p_slots)
    ON CONFLICT DO NOTHING;
$$;

-- Whether a lease ran out. After a start of the server every lease lasts once
-- more, so that an outage of the database costs no running trial.
CREATE FUNCTION has_expired(p_lease lease)
RETURNS boolean LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT greatest(
        p_lease.expires, pg_postmaster_start_time() + make_interval(secs => p_lease.seconds)
    ) < clock_timestamp();
$$;

-- Ends the attempts whose lease ran out; returns how many.
CREATE FUNCTION expire_leases()
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    expired record;
    ended integer := 0;
BEGIN
    FOR expired IN
        SELECT l.study_id, l.trial_number, l.rung, l.purpose, l.attempt
        FROM lease l JOIN work w USING (study_id, trial_number, rung, purpose)
        WHERE has_expired(l)
        ORDER BY l.study_id, l.trial_number, l.rung, l.purpose
        FOR UPDATE OF w SKIP LOCKED
    LOOP
        -- Its holder may have renewed it since it was read.
        DELETE FROM lease l
        WHERE l.study_id = expired.study_id AND l.trial_number = expired.trial_number
            AND l.rung = expired.rung AND l.purpose = expired.purpose
            AND l.attempt = expired.attempt AND has_expired(l);
        IF FOUND THEN
            PERFORM end_in_failure(
                expired.study_id, expired.trial_number, expired.rung, expired.purpose, expired.attempt,
                'lost', 'the lease ran out: the worker died or was cut off');
            ended := ended + 1;
        END IF;
    END LOOP;
    RETURN ended;
END $$;

-- Leases the next ready unit of work; no row when there is none. Any idle
-- worker then frees what dead ones held, so workers alone recover.
CREATE FUNCTION claim(p_worker text, p_study bigint, p_seconds double precision, p_request uuid)
RETURNS TABLE (
    study_id bigint, trial_number integer, rung integer, purpose text, attempt integer,
    resolved text, budget integer, seed numeric, configuration text, artifact text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM lease l WHERE l.request = p_request AND l.worker_id = p_worker) THEN
        -- The fence of the CTE makes LIMIT hold whatever plan is chosen.
        WITH candidate AS MATERIALIZED (
            SELECT w.study_id, w.trial_number, w.rung, w.purpose FROM work w
            WHERE w.state = 'ready' AND w.available_at <= clock_timestamp()
                AND w.study_id BETWEEN coalesce(p_study, 0) AND coalesce(p_study, 9223372036854775807)
            ORDER BY w.study_id, w.purpose, w.trial_number, w.rung
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
               s.resolved::text, s.budget, t.seed, t.configuration::text, t.artifact
        FROM lease l
        JOIN study s ON s.id = l.study_id
        JOIN trial t ON t.study_id = l.study_id AND t.number = l.trial_number
        WHERE l.request = p_request AND l.worker_id = p_worker;
END $$;

-- Renews the lease and stores reports in one statement: who is fenced adds none.
-- p_reports: [{step, metrics}], the metrics as a string.
CREATE FUNCTION renew_and_report(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_seconds double precision, p_reports json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    held boolean;
BEGIN
    WITH renewed AS (
        UPDATE lease SET
            seconds = p_seconds, expires = clock_timestamp() + make_interval(secs => p_seconds)
        WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose
            AND attempt = p_attempt
        RETURNING study_id, trial_number, attempt
    ), added AS (
        INSERT INTO report (study_id, trial_number, attempt, step, metrics)
        SELECT r.study_id, r.trial_number, r.attempt, p.step, p.metrics::json
        FROM renewed r, json_to_recordset(p_reports) AS p(step bigint, metrics text)
        ON CONFLICT DO NOTHING
    )
    SELECT EXISTS (SELECT FROM renewed) INTO held;
    IF NOT held THEN
        RAISE EXCEPTION 'attempt % at trial % of study % no longer runs', p_attempt, p_trial, p_study
            USING ERRCODE = 'PS001';
    END IF;
END $$;

-- p_measurements: [{name, value, kind, method}].
CREATE FUNCTION finish(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_measurements json, p_compute_class text, p_artifact text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT hold_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'finished') THEN
        RETURN;
    END IF;
    PERFORM end_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'finished', NULL);
    UPDATE work SET state = 'finished'
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    INSERT INTO measurement (study_id, trial_number, name, value, kind, method, attempt)
    SELECT p_study, p_trial, p.name, p.value, p.kind, p.method, p_attempt
    FROM json_to_recordset(p_measurements) AS p(
        name text, value double precision, kind text, method text)
    ON CONFLICT DO NOTHING;
    UPDATE trial SET
        state = 'done', compute_class = p_compute_class, artifact = p_artifact,
        finished_at = clock_timestamp()
    WHERE study_id = p_study AND number = p_trial AND p_purpose = 'train';
END $$;

CREATE FUNCTION fail(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_reason text, p_detail text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF p_reason = 'lost' THEN
        RAISE EXCEPTION 'only the store itself knows that an attempt was lost' USING ERRCODE = 'PS003';
    END IF;
    IF hold_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, p_reason) THEN
        PERFORM end_in_failure(p_study, p_trial, p_rung, p_purpose, p_attempt, p_reason, p_detail);
    END IF;
END $$;

CREATE FUNCTION give_back(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF hold_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'given_back') THEN
        PERFORM end_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'given_back', NULL);
        PERFORM make_ready(p_study, p_trial, p_rung, p_purpose, 0);
    END IF;
END $$;

-- Who may call what is for the roles that an administrator grants.
DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema());
END $$;
