
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE SCHEMA dashboard;

CREATE SCHEMA peftsearch;

CREATE FUNCTION peftsearch.append_front(p_study bigint, p_epoch integer, p_versions json) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
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

CREATE FUNCTION peftsearch.backoff(p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_reason text) RETURNS double precision
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
    SELECT CASE WHEN p_reason = 'lost' THEN 0
        ELSE least(p.backoff_limit_seconds, p.backoff_seconds * 2 ^ (least(a.failures, 30) - 1)) END
    FROM retry_policy p, (
        SELECT count(*) AS failures FROM attempt
        WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose
            AND outcome IN ('crashed', 'timed_out', 'out_of_memory')) a;
$$;

CREATE FUNCTION peftsearch.claim(p_worker text, p_study bigint, p_seconds double precision, p_request uuid, p_except json) RETURNS TABLE(study_id bigint, trial_number integer, rung integer, purpose text, attempt integer, resolved text, budget integer, seed numeric, configuration text, artifact text, parent_configuration text, parent_artifact text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
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

CREATE FUNCTION peftsearch.create_study(p_name text, p_hash text, p_resolved text, p_budget integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
DECLARE
    stored bigint;
BEGIN
    INSERT INTO study (name, hash, resolved, budget, limits)
    VALUES (p_name, p_hash, p_resolved::json, p_budget, p_resolved::json #> '{search,limits}')
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

CREATE FUNCTION peftsearch.cut_search(p_study bigint, p_epoch integer, p_trials integer, p_reason text, p_limits text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    UPDATE study SET cut = p_trials, cut_reason = p_reason
    WHERE id = p_study AND cut IS NULL AND limits::text IS NOT DISTINCT FROM p_limits;
END $$;

CREATE FUNCTION peftsearch.delete_study(p_study bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
BEGIN
    -- The cascade would lock trials before work.
    PERFORM FROM work WHERE study_id = p_study
    ORDER BY trial_number, rung, purpose FOR UPDATE;
    DELETE FROM study WHERE id = p_study;
END $$;

CREATE FUNCTION peftsearch.derive(p_study bigint, p_epoch integer, p_trials json) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
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

CREATE FUNCTION peftsearch.end_attempt(p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer, p_outcome text, p_detail text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
    DELETE FROM lease
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    UPDATE attempt SET outcome = p_outcome, detail = p_detail, ended_at = clock_timestamp()
    WHERE study_id = p_study AND trial_number = p_trial AND attempt = p_attempt;
$$;

CREATE FUNCTION peftsearch.end_in_failure(p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer, p_reason text, p_detail text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
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

CREATE FUNCTION peftsearch.expire_leases() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
DECLARE
    expired record;
    expiry timestamptz;
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
            AND l.attempt = expired.attempt AND has_expired(l)
        RETURNING l.expires INTO expiry;
        IF FOUND THEN
            PERFORM end_in_failure(
                expired.study_id, expired.trial_number, expired.rung, expired.purpose, expired.attempt,
                'lost', 'the lease ran out: the worker died or was cut off');
            UPDATE attempt SET ended_at = least(ended_at, greatest(claimed_at, expiry))
            WHERE study_id = expired.study_id AND trial_number = expired.trial_number
                AND attempt = expired.attempt;
            ended := ended + 1;
        END IF;
    END LOOP;
    RETURN ended;
END $$;

CREATE FUNCTION peftsearch.extend(p_study bigint, p_trials integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
BEGIN
    UPDATE study SET
        budget = p_trials,
        state = 'running',
        completed_at = NULL,
        is_test_seen = is_test_seen OR EXISTS (
            SELECT FROM attempt a WHERE a.study_id = p_study AND a.purpose = 'test')
    WHERE id = p_study AND budget < p_trials;
    IF FOUND THEN
        -- The front may change before the test split is looked at again.
        DELETE FROM work
        WHERE study_id = p_study AND purpose = 'test' AND state = 'ready' AND attempt IS NULL;
        UPDATE trial SET state = 'paused', finished_at = NULL
        WHERE study_id = p_study AND state = 'stopped';
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM study WHERE id = p_study) THEN
        RAISE EXCEPTION 'there is no study with id %', p_study USING ERRCODE = 'PS002';
    END IF;
END $$;

CREATE FUNCTION peftsearch.extend_limits(p_study bigint, p_limits text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
BEGIN
    UPDATE study SET
        limits = p_limits::json,
        cut = NULL,
        cut_reason = NULL,
        state = 'running',
        completed_at = NULL,
        is_test_seen = is_test_seen OR EXISTS (
            SELECT FROM attempt a WHERE a.study_id = p_study AND a.purpose = 'test')
    WHERE id = p_study AND limits::text IS DISTINCT FROM p_limits;
    IF FOUND THEN
        -- The front may change before the test split is looked at again.
        DELETE FROM work
        WHERE study_id = p_study AND purpose = 'test' AND state = 'ready' AND attempt IS NULL;
        UPDATE trial SET state = 'paused', finished_at = NULL
        WHERE study_id = p_study AND state = 'stopped';
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM study WHERE id = p_study) THEN
        RAISE EXCEPTION 'there is no study with id %', p_study USING ERRCODE = 'PS002';
    END IF;
END $$;

CREATE FUNCTION peftsearch.fail(p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer, p_reason text, p_detail text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
BEGIN
    IF p_reason = 'lost' THEN
        RAISE EXCEPTION 'only the store itself knows that an attempt was lost' USING ERRCODE = 'PS003';
    END IF;
    IF hold_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, p_reason) THEN
        PERFORM end_in_failure(p_study, p_trial, p_rung, p_purpose, p_attempt, p_reason, p_detail);
    END IF;
END $$;

CREATE FUNCTION peftsearch.finish(p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer, p_measurements json, p_compute_class text, p_artifact text, p_derived json) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
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

CREATE FUNCTION peftsearch.give_back(p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
BEGIN
    IF hold_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'given_back') THEN
        PERFORM end_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'given_back', NULL);
        PERFORM make_ready(p_study, p_trial, p_rung, p_purpose, 0);
    END IF;
END $$;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE peftsearch.lease (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    rung integer NOT NULL,
    purpose text NOT NULL,
    attempt integer NOT NULL,
    worker_id text NOT NULL,
    request uuid NOT NULL,
    seconds double precision NOT NULL,
    expires timestamp with time zone NOT NULL,
    CONSTRAINT lease_seconds_check CHECK (((seconds > (0)::double precision) AND (seconds <= (86400)::double precision)))
)
WITH (fillfactor='50');

CREATE FUNCTION peftsearch.has_expired(p_lease peftsearch.lease) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
    SELECT greatest(
        p_lease.expires, pg_postmaster_start_time() + make_interval(secs => p_lease.seconds)
    ) < clock_timestamp();
$$;

CREATE FUNCTION peftsearch.hold_attempt(p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer, p_outcome text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
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

CREATE FUNCTION peftsearch.hold_epoch(p_study bigint, p_epoch integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM controller WHERE study_id = p_study AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'epoch % no longer controls study %', p_epoch, p_study USING ERRCODE = 'PS001';
    END IF;
END $$;

CREATE FUNCTION peftsearch.is_hopeless(p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_reason text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
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

CREATE FUNCTION peftsearch.make_ready(p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_delay double precision) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
    UPDATE work SET state = 'ready', available_at = clock_timestamp() + make_interval(secs => p_delay)
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    UPDATE trial SET state = 'ready'
    WHERE study_id = p_study AND number = p_trial AND p_purpose = 'train';
$$;

CREATE FUNCTION peftsearch.promote(p_study bigint, p_epoch integer, p_promotions json) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
DECLARE
    stray integer;
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    SELECT min(p.number) INTO stray
    FROM json_to_recordset(p_promotions) AS p(number integer, rung integer)
    WHERE NOT EXISTS (
        SELECT FROM promotion q
        WHERE q.study_id = p_study AND q.trial_number = p.number AND q.rung = p.rung
    ) AND NOT EXISTS (
        SELECT FROM trial t JOIN study s ON s.id = t.study_id
        WHERE t.study_id = p_study AND t.number = p.number AND t.rung = p.rung - 1
            AND t.state IN ('paused', 'stopped') AND p.rung <= s.last_rung);
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'trial % does not wait at the rung before', stray USING ERRCODE = 'PS003';
    END IF;
    INSERT INTO promotion (study_id, trial_number, rung, virtual_start, virtual_finish, is_provisional)
    SELECT p_study, p.number, p.rung, p.start, p.finish, p.is_provisional
    FROM json_to_recordset(p_promotions) AS p(
        number integer, rung integer, start bigint, finish bigint, is_provisional boolean)
    ORDER BY p.number, p.rung
    ON CONFLICT (study_id, trial_number, rung) DO UPDATE SET
        virtual_start = excluded.virtual_start, virtual_finish = excluded.virtual_finish,
        is_provisional = excluded.is_provisional;
    WITH added AS (
        INSERT INTO work (study_id, trial_number, rung, purpose)
        SELECT p_study, p.number, p.rung, 'train'
        FROM json_to_recordset(p_promotions) AS p(number integer, rung integer)
        ORDER BY p.number, p.rung
        ON CONFLICT DO NOTHING
        RETURNING trial_number, rung)
    UPDATE trial t SET state = 'ready', rung = a.rung, finished_at = NULL
    FROM added a WHERE t.study_id = p_study AND t.number = a.trial_number;
END $$;

CREATE FUNCTION peftsearch.propose(p_study bigint, p_epoch integer, p_trials json) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
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

CREATE FUNCTION peftsearch.register_worker(p_id text, p_host text, p_process bigint, p_slots integer) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
    INSERT INTO worker (id, host, process_identifier, slots)
    VALUES (p_id, p_host, p_process, p_slots)
    ON CONFLICT DO NOTHING;
$$;

CREATE FUNCTION peftsearch.renew_and_report(p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer, p_seconds double precision, p_reports json) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
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

CREATE FUNCTION peftsearch.request_replicates(p_study bigint, p_epoch integer, p_replicates json) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
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

CREATE FUNCTION peftsearch.request_tests(p_study bigint, p_epoch integer, p_trials integer[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
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

CREATE FUNCTION peftsearch.set_study_state(p_study bigint, p_epoch integer, p_state text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    UPDATE study SET
        state = p_state,
        completed_at = CASE WHEN p_state = 'complete' THEN clock_timestamp() END
    WHERE id = p_study AND state <> p_state;
END $$;

CREATE FUNCTION peftsearch.stop_trials(p_study bigint, p_epoch integer, p_trials integer[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    UPDATE trial SET state = 'stopped', finished_at = clock_timestamp()
    WHERE study_id = p_study AND number = ANY (p_trials) AND state = 'paused';
END $$;

CREATE FUNCTION peftsearch.take_control(p_study bigint, p_epoch integer, p_seconds double precision, p_request uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'peftsearch', 'pg_temp'
    AS $$
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

CREATE TABLE peftsearch.attempt (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    attempt integer NOT NULL,
    rung integer NOT NULL,
    purpose text NOT NULL,
    worker_id text NOT NULL,
    outcome text DEFAULT 'running'::text NOT NULL,
    detail text,
    claimed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT attempt_attempt_check CHECK ((attempt > 0)),
    CONSTRAINT attempt_check CHECK (((outcome = 'running'::text) = (ended_at IS NULL))),
    CONSTRAINT attempt_detail_check CHECK ((octet_length(detail) <= 16384)),
    CONSTRAINT attempt_outcome_check CHECK ((outcome = ANY (ARRAY['running'::text, 'finished'::text, 'given_back'::text, 'lost'::text, 'crashed'::text, 'diverged'::text, 'invalid'::text, 'timed_out'::text, 'out_of_memory'::text])))
);

CREATE TABLE peftsearch.study (
    id bigint NOT NULL,
    name text NOT NULL,
    hash text NOT NULL,
    resolved json NOT NULL,
    state text DEFAULT 'running'::text NOT NULL,
    budget integer NOT NULL,
    is_test_seen boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    completed_at timestamp with time zone,
    last_rung integer GENERATED ALWAYS AS (COALESCE((json_array_length((resolved #> '{search,rungs}'::text[])) - 1), 0)) STORED NOT NULL,
    limits json,
    cut integer,
    cut_reason text,
    CONSTRAINT study_budget_check CHECK ((budget > 0)),
    CONSTRAINT study_check CHECK (((state = 'complete'::text) = (completed_at IS NOT NULL))),
    CONSTRAINT study_check1 CHECK (((cut IS NULL) = (cut_reason IS NULL))),
    CONSTRAINT study_cut_check CHECK ((cut >= 0)),
    CONSTRAINT study_cut_reason_check CHECK ((cut_reason = ANY (ARRAY['wall_time'::text, 'energy'::text, 'improvement'::text]))),
    CONSTRAINT study_hash_check CHECK ((hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT study_limits_check CHECK ((octet_length((limits)::text) <= 65536)),
    CONSTRAINT study_name_check CHECK ((name ~ '^[A-Za-z0-9_.-]{1,100}$'::text)),
    CONSTRAINT study_resolved_check CHECK (((octet_length((resolved)::text) <= 16777216) AND ((resolved)::jsonb IS NOT NULL))),
    CONSTRAINT study_state_check CHECK ((state = ANY (ARRAY['running'::text, 'testing'::text, 'complete'::text])))
);

CREATE TABLE peftsearch.worker (
    id text NOT NULL,
    host text NOT NULL,
    process_identifier bigint NOT NULL,
    slots integer NOT NULL,
    registered_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT worker_host_check CHECK ((length(host) <= 255)),
    CONSTRAINT worker_id_check CHECK ((id ~ '^[0-9a-f]{32}$'::text)),
    CONSTRAINT worker_slots_check CHECK ((slots > 0))
);

CREATE VIEW dashboard.attempts AS
 SELECT a.study_id,
    s.name AS study,
    a.trial_number,
    a.attempt,
    a.purpose,
        CASE a.purpose
            WHEN 'replicate'::text THEN s.last_rung
            ELSE a.rung
        END AS rung,
    a.worker_id,
    w.host,
    a.outcome,
    a.detail,
    a.claimed_at,
    a.ended_at,
        CASE a.purpose
            WHEN 'replicate'::text THEN a.rung
            ELSE NULL::integer
        END AS replicate
   FROM ((peftsearch.attempt a
     JOIN peftsearch.study s ON ((s.id = a.study_id)))
     JOIN peftsearch.worker w ON ((w.id = a.worker_id)));

COMMENT ON VIEW dashboard.attempts IS 'One row a try of a worker at a trial.';

CREATE VIEW dashboard.budgets AS
 SELECT s.id AS study_id,
    s.name AS study,
    s.budget AS trials,
    (s.limits)::jsonb AS limits,
    s.cut,
    s.cut_reason
   FROM peftsearch.study s;

COMMENT ON VIEW dashboard.budgets IS 'One row a study: what bounds its search, and after how many trials and why it ended early.';

CREATE TABLE peftsearch.front_member (
    study_id bigint NOT NULL,
    version integer NOT NULL,
    trial_number integer NOT NULL
);

CREATE TABLE peftsearch.front_version (
    study_id bigint NOT NULL,
    version integer NOT NULL,
    hypervolume double precision,
    cause integer NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    is_replicated boolean DEFAULT false NOT NULL,
    CONSTRAINT front_version_hypervolume_check CHECK (((hypervolume >= (0)::double precision) AND (hypervolume <= (1)::double precision))),
    CONSTRAINT front_version_version_check CHECK ((version > 0))
);

CREATE VIEW dashboard.front AS
 SELECT m.study_id,
    s.name AS study,
    m.version,
    m.trial_number
   FROM (peftsearch.front_member m
     JOIN peftsearch.study s ON ((s.id = m.study_id)))
  WHERE (m.version = ( SELECT max(f.version) AS max
           FROM peftsearch.front_version f
          WHERE (f.study_id = m.study_id)));

COMMENT ON VIEW dashboard.front IS 'The trials on the newest front of each study.';

CREATE VIEW dashboard.front_versions AS
 SELECT f.study_id,
    s.name AS study,
    f.version,
    f.hypervolume,
    f.cause,
    f.created_at,
    f.is_replicated
   FROM (peftsearch.front_version f
     JOIN peftsearch.study s ON ((s.id = f.study_id)));

COMMENT ON VIEW dashboard.front_versions IS 'One row a change of a front.';

CREATE TABLE peftsearch.measurement (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    name text NOT NULL,
    value double precision NOT NULL,
    kind text NOT NULL,
    method text NOT NULL,
    attempt integer,
    rung integer NOT NULL,
    CONSTRAINT measurement_kind_check CHECK ((kind = ANY (ARRAY['exact'::text, 'deterministic'::text, 'observed'::text]))),
    CONSTRAINT measurement_method_check CHECK ((length(method) <= 2000)),
    CONSTRAINT measurement_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT measurement_rung_check CHECK ((rung >= 0)),
    CONSTRAINT measurement_value_check CHECK (((value > '-Infinity'::double precision) AND (value < 'Infinity'::double precision)))
);

CREATE TABLE peftsearch.trial (
    study_id bigint NOT NULL,
    number integer NOT NULL,
    state text DEFAULT 'ready'::text NOT NULL,
    seed numeric(20,0) NOT NULL,
    rung integer DEFAULT 0 NOT NULL,
    parent integer,
    label text,
    assignment json NOT NULL,
    configuration json NOT NULL,
    configuration_hash text NOT NULL,
    virtual_start bigint NOT NULL,
    virtual_finish bigint NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    compute_class text,
    artifact text,
    failure_reason text,
    failure_detail text,
    proposed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT trial_artifact_check CHECK ((length(artifact) <= 1000)),
    CONSTRAINT trial_assignment_check CHECK (((octet_length((assignment)::text) <= 1048576) AND ((assignment)::jsonb IS NOT NULL))),
    CONSTRAINT trial_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT trial_check CHECK ((parent < number)),
    CONSTRAINT trial_check1 CHECK ((virtual_finish > virtual_start)),
    CONSTRAINT trial_check2 CHECK (((state = ANY (ARRAY['done'::text, 'stopped'::text, 'failed'::text, 'cancelled'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT trial_check3 CHECK (((state = 'done'::text) = (compute_class IS NOT NULL))),
    CONSTRAINT trial_check4 CHECK (((state = 'done'::text) OR (artifact IS NULL))),
    CONSTRAINT trial_check5 CHECK (((state = 'failed'::text) = (failure_reason IS NOT NULL))),
    CONSTRAINT trial_check6 CHECK (((failure_reason IS NULL) = (failure_detail IS NULL))),
    CONSTRAINT trial_compute_class_check CHECK ((length(compute_class) <= 1000)),
    CONSTRAINT trial_configuration_check CHECK (((octet_length((configuration)::text) <= 1048576) AND ((configuration)::jsonb IS NOT NULL))),
    CONSTRAINT trial_configuration_hash_check CHECK ((configuration_hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT trial_failure_detail_check CHECK ((octet_length(failure_detail) <= 16384)),
    CONSTRAINT trial_failure_reason_check CHECK ((failure_reason = ANY (ARRAY['crashed'::text, 'diverged'::text, 'invalid'::text, 'timed_out'::text, 'out_of_memory'::text, 'lost'::text]))),
    CONSTRAINT trial_label_check CHECK (((length(label) >= 1) AND (length(label) <= 200))),
    CONSTRAINT trial_number_check CHECK ((number >= 0)),
    CONSTRAINT trial_rung_check CHECK ((rung >= 0)),
    CONSTRAINT trial_seed_check CHECK (((seed >= (0)::numeric) AND (seed <= '18446744073709551615'::numeric))),
    CONSTRAINT trial_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'running'::text, 'paused'::text, 'done'::text, 'stopped'::text, 'failed'::text, 'cancelled'::text])))
);

CREATE VIEW dashboard.measurements AS
 SELECT m.study_id,
    s.name AS study,
    m.trial_number,
    m.name,
    m.value,
    m.kind,
    m.method,
    m.rung
   FROM ((peftsearch.measurement m
     JOIN peftsearch.study s ON ((s.id = m.study_id)))
     JOIN peftsearch.trial t ON (((t.study_id = m.study_id) AND (t.number = m.trial_number) AND (t.rung = m.rung))));

COMMENT ON VIEW dashboard.measurements IS 'One row a measurement at the rung that its trial has reached; an unknown has no row.';

CREATE TABLE peftsearch.promotion (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    rung integer NOT NULL,
    virtual_start bigint NOT NULL,
    virtual_finish bigint NOT NULL,
    is_provisional boolean NOT NULL,
    promoted_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT promotion_check CHECK ((virtual_finish > virtual_start)),
    CONSTRAINT promotion_rung_check CHECK ((rung > 0))
);

CREATE VIEW dashboard.promotions AS
 SELECT p.study_id,
    s.name AS study,
    p.trial_number,
    p.rung,
    p.virtual_start,
    p.virtual_finish,
    p.is_provisional,
    p.promoted_at
   FROM (peftsearch.promotion p
     JOIN peftsearch.study s ON ((s.id = p.study_id)));

COMMENT ON VIEW dashboard.promotions IS 'One row each time that a trial was let go on to its next rung.';

CREATE TABLE peftsearch.replicate (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    number integer NOT NULL,
    seed numeric(20,0) NOT NULL,
    measurements json,
    compute_class text,
    failure_reason text,
    failure_detail text,
    requested_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT replicate_check CHECK (((measurements IS NULL) = (compute_class IS NULL))),
    CONSTRAINT replicate_check1 CHECK (((failure_reason IS NULL) = (failure_detail IS NULL))),
    CONSTRAINT replicate_check2 CHECK (((measurements IS NULL) OR (failure_reason IS NULL))),
    CONSTRAINT replicate_compute_class_check CHECK ((length(compute_class) <= 1000)),
    CONSTRAINT replicate_failure_detail_check CHECK ((octet_length(failure_detail) <= 16384)),
    CONSTRAINT replicate_failure_reason_check CHECK ((failure_reason = ANY (ARRAY['crashed'::text, 'diverged'::text, 'invalid'::text, 'timed_out'::text, 'out_of_memory'::text, 'lost'::text]))),
    CONSTRAINT replicate_measurements_check CHECK (((octet_length((measurements)::text) <= 1048576) AND (json_typeof(measurements) = 'array'::text))),
    CONSTRAINT replicate_number_check CHECK (((number >= 1) AND (number <= 1000))),
    CONSTRAINT replicate_seed_check CHECK (((seed >= (0)::numeric) AND (seed <= '18446744073709551615'::numeric)))
);

CREATE VIEW dashboard.replicates AS
 SELECT r.study_id,
    s.name AS study,
    r.trial_number,
    r.number,
    r.seed,
    m.name,
    m.value,
    m.kind,
    m.method,
    r.failure_reason,
    r.failure_detail
   FROM ((peftsearch.replicate r
     JOIN peftsearch.study s ON ((s.id = r.study_id)))
     LEFT JOIN LATERAL json_to_recordset(r.measurements) m(name text, value double precision, kind text, method text) ON (true));

COMMENT ON VIEW dashboard.replicates IS 'One row a measurement of a trial''s configuration from another seed; one that has none has one row.';

CREATE TABLE peftsearch.report (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    attempt integer NOT NULL,
    step bigint NOT NULL,
    metrics json NOT NULL,
    reported_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT report_metrics_check CHECK (((octet_length((metrics)::text) <= 65536) AND (jsonb_typeof((metrics)::jsonb) = 'object'::text))),
    CONSTRAINT report_step_check CHECK ((step >= 0))
);

CREATE VIEW dashboard.reports AS
 SELECT r.study_id,
    s.name AS study,
    r.trial_number,
    r.attempt,
    r.step,
    (r.metrics)::jsonb AS metrics,
    r.reported_at
   FROM (peftsearch.report r
     JOIN peftsearch.study s ON ((s.id = r.study_id)));

COMMENT ON VIEW dashboard.reports IS 'What running trials said of themselves, by attempt and step.';

CREATE VIEW dashboard.rung_measurements AS
 SELECT m.study_id,
    s.name AS study,
    m.trial_number,
    m.rung,
    COALESCE((((s.resolved)::jsonb #>> ARRAY['search'::text, 'rungs'::text, (m.rung)::text]))::double precision, (1)::double precision) AS share,
    m.name,
    m.value,
    m.kind,
    m.method
   FROM (peftsearch.measurement m
     JOIN peftsearch.study s ON ((s.id = m.study_id)));

COMMENT ON VIEW dashboard.rung_measurements IS 'One row a measurement at any rung, with the share of the training steps before it.';

CREATE VIEW dashboard.studies AS
SELECT
    NULL::bigint AS study_id,
    NULL::text AS study,
    NULL::text AS state,
    NULL::integer AS budget,
    NULL::boolean AS is_test_seen,
    NULL::text AS hash,
    NULL::jsonb AS resolved,
    NULL::timestamp with time zone AS created_at,
    NULL::timestamp with time zone AS completed_at,
    NULL::bigint AS trials,
    NULL::bigint AS done,
    NULL::bigint AS failed,
    NULL::bigint AS running,
    NULL::bigint AS paused,
    NULL::bigint AS stopped,
    NULL::bigint AS derived;

COMMENT ON VIEW dashboard.studies IS 'One row a study, with its trials counted by state, those derived from others apart.';

CREATE TABLE peftsearch.derived_result (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    place integer NOT NULL,
    configuration json NOT NULL,
    configuration_hash text NOT NULL,
    method text NOT NULL,
    artifact text NOT NULL,
    measurements json NOT NULL,
    attempt integer NOT NULL,
    CONSTRAINT derived_result_artifact_check CHECK ((length(artifact) <= 1000)),
    CONSTRAINT derived_result_configuration_check CHECK (((octet_length((configuration)::text) <= 1048576) AND ((configuration)::jsonb IS NOT NULL))),
    CONSTRAINT derived_result_configuration_hash_check CHECK ((configuration_hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT derived_result_measurements_check CHECK (((octet_length((measurements)::text) <= 1048576) AND (json_typeof(measurements) = 'array'::text))),
    CONSTRAINT derived_result_method_check CHECK (((length(method) >= 1) AND (length(method) <= 2000))),
    CONSTRAINT derived_result_place_check CHECK ((place >= 0))
);

CREATE VIEW dashboard.trials AS
 SELECT t.study_id,
    s.name AS study,
    t.number,
    t.state,
    t.seed,
    t.rung,
    t.parent,
    t.label,
    (t.assignment)::jsonb AS assignment,
    (t.configuration)::jsonb AS configuration,
    t.configuration_hash,
    t.compute_class,
    t.artifact,
    t.failure_reason,
    t.failure_detail,
    t.virtual_start,
    t.virtual_finish,
    t.proposed_at,
    t.finished_at,
    d.method AS derivation
   FROM ((peftsearch.trial t
     JOIN peftsearch.study s ON ((s.id = t.study_id)))
     LEFT JOIN peftsearch.derived_result d ON (((d.study_id = t.study_id) AND (d.trial_number = t.parent) AND (d.configuration_hash = t.configuration_hash))));

COMMENT ON VIEW dashboard.trials IS 'One row a trial: what was proposed, or derived from its parent without training, and what came of it.';

CREATE TABLE peftsearch.controller (
    study_id bigint NOT NULL,
    epoch integer DEFAULT 0 NOT NULL,
    request uuid,
    expires timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT controller_epoch_check CHECK ((epoch >= 0))
);

CREATE TABLE peftsearch.migration (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT migration_version_check CHECK ((version > 0))
);

CREATE TABLE peftsearch.retry_policy (
    is_only boolean DEFAULT true NOT NULL,
    crash_limit integer DEFAULT 3 NOT NULL,
    loss_limit integer DEFAULT 8 NOT NULL,
    loss_workers integer DEFAULT 3 NOT NULL,
    machine_failure_workers integer DEFAULT 2 NOT NULL,
    machine_failure_limit integer DEFAULT 5 NOT NULL,
    backoff_seconds double precision DEFAULT 1 NOT NULL,
    backoff_limit_seconds double precision DEFAULT 60 NOT NULL,
    CONSTRAINT retry_policy_backoff_limit_seconds_check CHECK (((backoff_limit_seconds >= (0)::double precision) AND (backoff_limit_seconds <= (86400)::double precision))),
    CONSTRAINT retry_policy_backoff_seconds_check CHECK (((backoff_seconds >= (0)::double precision) AND (backoff_seconds <= (3600)::double precision))),
    CONSTRAINT retry_policy_crash_limit_check CHECK ((crash_limit > 0)),
    CONSTRAINT retry_policy_is_only_check CHECK (is_only),
    CONSTRAINT retry_policy_loss_limit_check CHECK ((loss_limit > 0)),
    CONSTRAINT retry_policy_loss_workers_check CHECK ((loss_workers > 0)),
    CONSTRAINT retry_policy_machine_failure_limit_check CHECK ((machine_failure_limit > 0)),
    CONSTRAINT retry_policy_machine_failure_workers_check CHECK ((machine_failure_workers > 0))
);

ALTER TABLE peftsearch.study ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME peftsearch.study_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE peftsearch.work (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    rung integer NOT NULL,
    purpose text NOT NULL,
    state text DEFAULT 'ready'::text NOT NULL,
    attempt integer,
    crashes integer DEFAULT 0 NOT NULL,
    losses integer DEFAULT 0 NOT NULL,
    available_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT work_check CHECK (((state = 'ready'::text) OR (attempt IS NOT NULL))),
    CONSTRAINT work_crashes_check CHECK ((crashes >= 0)),
    CONSTRAINT work_losses_check CHECK ((losses >= 0)),
    CONSTRAINT work_purpose_check CHECK ((purpose = ANY (ARRAY['train'::text, 'test'::text, 'replicate'::text]))),
    CONSTRAINT work_rung_check CHECK ((rung >= 0)),
    CONSTRAINT work_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'running'::text, 'finished'::text])))
);

COMMENT ON COLUMN peftsearch.work.rung IS 'Of a replicate, which always trains to the last rung, its number within the trial.';

INSERT INTO peftsearch.attempt VALUES (1, 1, 1, 0, 'train', 'c4860046c24ac10cdf9b4ca604cb28b6', 'finished', NULL, '2026-11-30 19:13:34.501166+00', '2026-11-30 19:13:34.796061+00');
INSERT INTO peftsearch.attempt VALUES (1, 0, 1, 0, 'train', 'c4860046c24ac10cdf9b4ca604cb28b6', 'finished', NULL, '2026-11-30 19:13:34.502765+00', '2026-11-30 19:13:34.797444+00');
INSERT INTO peftsearch.attempt VALUES (1, 2, 1, 0, 'train', 'c4860046c24ac10cdf9b4ca604cb28b6', 'finished', NULL, '2026-11-30 19:13:34.799463+00', '2026-11-30 19:13:34.980524+00');
INSERT INTO peftsearch.attempt VALUES (1, 3, 1, 0, 'train', 'c4860046c24ac10cdf9b4ca604cb28b6', 'finished', NULL, '2026-11-30 19:13:34.80068+00', '2026-11-30 19:13:35.074774+00');
INSERT INTO peftsearch.attempt VALUES (1, 4, 1, 0, 'train', 'abababababababababababababababab', 'running', NULL, '2026-11-30 19:13:45.918212+00', NULL);

INSERT INTO peftsearch.controller VALUES (1, 1, '6b778ad4-996e-4a7a-a9bc-89de7e490a9b', '2026-11-30 19:13:39.447396+00');

INSERT INTO peftsearch.front_member VALUES (1, 1, 0);
INSERT INTO peftsearch.front_member VALUES (1, 2, 0);
INSERT INTO peftsearch.front_member VALUES (1, 2, 1);
INSERT INTO peftsearch.front_member VALUES (1, 3, 1);
INSERT INTO peftsearch.front_member VALUES (1, 3, 2);

INSERT INTO peftsearch.front_version VALUES (1, 1, 0.1629632435231018, 0, '2026-11-30 19:13:34.895444+00', false);
INSERT INTO peftsearch.front_version VALUES (1, 2, 0.3504825719800508, 1, '2026-11-30 19:13:34.895654+00', false);
INSERT INTO peftsearch.front_version VALUES (1, 3, 0.4677760218050997, 2, '2026-11-30 19:13:35.014822+00', false);

INSERT INTO peftsearch.lease VALUES (1, 4, 0, 'train', 1, 'abababababababababababababababab', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', 86400, '2026-12-01 19:13:45.918179+00');

INSERT INTO peftsearch.measurement VALUES (1, 1, 'accuracy', 0.9466666666666667, 'deterministic', 'reported by the command', 1, 0);
INSERT INTO peftsearch.measurement VALUES (1, 1, 'parameters', 21, 'deterministic', 'reported by the command', 1, 0);
INSERT INTO peftsearch.measurement VALUES (1, 0, 'accuracy', 0.67, 'deterministic', 'reported by the command', 1, 0);
INSERT INTO peftsearch.measurement VALUES (1, 0, 'parameters', 11, 'deterministic', 'reported by the command', 1, 0);
INSERT INTO peftsearch.measurement VALUES (1, 2, 'accuracy', 0.8033333333333333, 'deterministic', 'reported by the command', 1, 0);
INSERT INTO peftsearch.measurement VALUES (1, 2, 'parameters', 6, 'deterministic', 'reported by the command', 1, 0);
INSERT INTO peftsearch.measurement VALUES (1, 3, 'accuracy', 0.92, 'deterministic', 'reported by the command', 1, 0);
INSERT INTO peftsearch.measurement VALUES (1, 3, 'parameters', 29, 'deterministic', 'reported by the command', 1, 0);

INSERT INTO peftsearch.migration VALUES (1, 'studies_and_trials', '5b7eec8a8940e456ad281ba80da9cb568de5437bbff81a93b8b968c8dbd61a75', '2026-11-30 19:13:34.306696+00');
INSERT INTO peftsearch.migration VALUES (2, 'work_and_leases', 'd7efc6af5d571ac6812cadeb8304453cc882d73fa585b518a156dc5af193c10f', '2026-11-30 19:13:34.322569+00');
INSERT INTO peftsearch.migration VALUES (3, 'measurements_and_fronts', 'cf472dae23a5aa7a033e3c7734dc7a68791374fdaf2a6226ca1854b17a5ffefb', '2026-11-30 19:13:34.354608+00');
INSERT INTO peftsearch.migration VALUES (4, 'queue_functions', '32a1a745e62298ff36ca71f9122234728d769021f64b50739d7a9af55ab6d820', '2026-11-30 19:13:34.363899+00');
INSERT INTO peftsearch.migration VALUES (5, 'dashboard_views', '3ca761d5e1e1c586c0c55820d660e9109b9d15638f780558018b083623fe7d9d', '2026-11-30 19:13:34.370057+00');
INSERT INTO peftsearch.migration VALUES (6, 'claim_except', 'bc471401233ffff2ba2acbb71a376940b9d409834ea87c10bc0c97fb09b30bf9', '2026-11-30 19:13:34.37532+00');
INSERT INTO peftsearch.migration VALUES (7, 'rungs', 'e8b325b2b3d78776b66f85076bfbee9b5d568b7e980956fd7d3cf3321d3f869e', '2026-11-30 19:13:34.391421+00');
INSERT INTO peftsearch.migration VALUES (8, 'derived_trials', '64f96e161c74c958ec7ae82434ccdbdf59e66621c830bdfc7077a2c176164e4a', '2026-11-30 19:13:34.408073+00');
INSERT INTO peftsearch.migration VALUES (9, 'limits', '79276afb2be3ab52d35bd1e2b52d981db55ecc3182316a64c0b045783c706779', '2026-11-30 19:13:34.410724+00');
INSERT INTO peftsearch.migration VALUES (10, 'replicates', 'f08e5edc2bf9e6c16188a823644ead22e3220a1a7c0ed6b1c803eabe1ded4328', '2026-11-30 19:13:34.42257+00');

INSERT INTO peftsearch.report VALUES (1, 1, 1, 1, '{"accuracy":0.9466666666666667}', '2026-11-30 19:13:34.791856+00');
INSERT INTO peftsearch.report VALUES (1, 0, 1, 1, '{"accuracy":0.6266666666666667}', '2026-11-30 19:13:34.795222+00');
INSERT INTO peftsearch.report VALUES (1, 0, 1, 2, '{"accuracy":0.5166666666666667}', '2026-11-30 19:13:34.795298+00');
INSERT INTO peftsearch.report VALUES (1, 0, 1, 3, '{"accuracy":0.53}', '2026-11-30 19:13:34.795311+00');
INSERT INTO peftsearch.report VALUES (1, 0, 1, 4, '{"accuracy":0.54}', '2026-11-30 19:13:34.795315+00');
INSERT INTO peftsearch.report VALUES (1, 0, 1, 5, '{"accuracy":0.67}', '2026-11-30 19:13:34.795325+00');
INSERT INTO peftsearch.report VALUES (1, 0, 1, 6, '{"accuracy":0.67}', '2026-11-30 19:13:34.795328+00');
INSERT INTO peftsearch.report VALUES (1, 2, 1, 1, '{"accuracy":0.5033333333333333}', '2026-11-30 19:13:34.975412+00');
INSERT INTO peftsearch.report VALUES (1, 2, 1, 2, '{"accuracy":0.52}', '2026-11-30 19:13:34.975451+00');
INSERT INTO peftsearch.report VALUES (1, 2, 1, 3, '{"accuracy":0.56}', '2026-11-30 19:13:34.975456+00');
INSERT INTO peftsearch.report VALUES (1, 2, 1, 4, '{"accuracy":0.6266666666666667}', '2026-11-30 19:13:34.975459+00');
INSERT INTO peftsearch.report VALUES (1, 2, 1, 5, '{"accuracy":0.7066666666666667}', '2026-11-30 19:13:34.975463+00');
INSERT INTO peftsearch.report VALUES (1, 2, 1, 6, '{"accuracy":0.77}', '2026-11-30 19:13:34.975466+00');
INSERT INTO peftsearch.report VALUES (1, 2, 1, 7, '{"accuracy":0.8033333333333333}', '2026-11-30 19:13:34.975469+00');
INSERT INTO peftsearch.report VALUES (1, 3, 1, 1, '{"accuracy":0.9133333333333333}', '2026-11-30 19:13:35.073749+00');
INSERT INTO peftsearch.report VALUES (1, 3, 1, 2, '{"accuracy":0.9033333333333333}', '2026-11-30 19:13:35.073785+00');
INSERT INTO peftsearch.report VALUES (1, 3, 1, 3, '{"accuracy":0.8966666666666666}', '2026-11-30 19:13:35.07379+00');
INSERT INTO peftsearch.report VALUES (1, 3, 1, 4, '{"accuracy":0.9233333333333333}', '2026-11-30 19:13:35.073793+00');
INSERT INTO peftsearch.report VALUES (1, 3, 1, 5, '{"accuracy":0.94}', '2026-11-30 19:13:35.073796+00');
INSERT INTO peftsearch.report VALUES (1, 3, 1, 6, '{"accuracy":0.9233333333333333}', '2026-11-30 19:13:35.073799+00');
INSERT INTO peftsearch.report VALUES (1, 3, 1, 7, '{"accuracy":0.92}', '2026-11-30 19:13:35.073802+00');

INSERT INTO peftsearch.retry_policy VALUES (true, 3, 8, 3, 2, 5, 1, 60);

INSERT INTO peftsearch.study OVERRIDING SYSTEM VALUE VALUES (1, 'rings', 'f3d4aee1d01e7e8abdd2c255ac0f36d34c3e009c23caf1bc18d7180f5d0c11c0', '{"constraints":[],"data":null,"directory":"/srv/rings","engine":{"command":["python3","train.py"]},"model":null,"objectives":[{"direction":"maximize","metric":"accuracy","reference":{"best":1,"scale":"linear","worst":0.5}},{"direction":"minimize","metric":"parameters","reference":{"best":1,"scale":"log10","worst":100}}],"search":{"parallelism":4,"strategy":"auto","trials":12,"version":1},"seed":7,"space":{"meaning":"literal","parameters":[{"domain":{"int":[1,5],"scale":"linear"},"name":"degree","when":{"method":["polynomial"]}},{"domain":{"int":[1,8],"scale":"linear"},"name":"epochs"},{"domain":{"float":[0.001,0.3],"scale":"log"},"name":"learning_rate"},{"domain":{"choice":["polynomial","relu"]},"name":"method"},{"domain":{"int":[2,64],"scale":"log2"},"name":"width","when":{"method":["relu"]}}]},"study":"rings","task":null}', 'running', 12, false, '2026-11-30 19:13:34.427686+00', NULL, DEFAULT, NULL, NULL, NULL);

INSERT INTO peftsearch.trial VALUES (1, 1, 'done', 4861989719596857, 0, NULL, NULL, '{"degree":5,"epochs":1,"learning_rate":0.155122,"method":"polynomial"}', '{"degree":5,"epochs":1,"learning_rate":0.155122,"method":"polynomial"}', 'cb20c300c9f5b10457a99abdc58cd8e38685329033f55b96a49424615b16d1c2', 0, 1000, 1, 'command', NULL, NULL, NULL, '2026-11-30 19:13:34.475385+00', '2026-11-30 19:13:34.796715+00');
INSERT INTO peftsearch.trial VALUES (1, 0, 'done', 4971673389640067, 0, NULL, NULL, '{"epochs":6,"learning_rate":0.00256823,"method":"relu","width":10}', '{"epochs":6,"learning_rate":0.00256823,"method":"relu","width":10}', '79fb2c2b102e14dcc6d7861ef61dec156f79953687d1b4dcb279a882cb8ea638', 0, 1000, 1, 'command', NULL, NULL, NULL, '2026-11-30 19:13:34.475011+00', '2026-11-30 19:13:34.797901+00');
INSERT INTO peftsearch.trial VALUES (1, 2, 'done', 1691749237682626, 0, NULL, NULL, '{"degree":2,"epochs":7,"learning_rate":0.00182938,"method":"polynomial"}', '{"degree":2,"epochs":7,"learning_rate":0.00182938,"method":"polynomial"}', '4cf1b3e0308d21900637474d5eb2e044ea3285638ad45134cda49b876144d814', 0, 1000, 1, 'command', NULL, NULL, NULL, '2026-11-30 19:13:34.475406+00', '2026-11-30 19:13:34.980824+00');
INSERT INTO peftsearch.trial VALUES (1, 3, 'done', 6322072431506728, 0, NULL, NULL, '{"epochs":7,"learning_rate":0.292822,"method":"relu","width":28}', '{"epochs":7,"learning_rate":0.292822,"method":"relu","width":28}', '48f43075dd3974d3e4b6e9ddb1ffa38019167a161fc5fddd6bd68c6cada1706e', 0, 1000, 1, 'command', NULL, NULL, NULL, '2026-11-30 19:13:34.475425+00', '2026-11-30 19:13:35.075071+00');
INSERT INTO peftsearch.trial VALUES (1, 5, 'ready', 5176334589919198, 0, NULL, NULL, '{"degree":1,"epochs":1,"learning_rate":0.100598,"method":"polynomial"}', '{"degree":1,"epochs":1,"learning_rate":0.100598,"method":"polynomial"}', 'aef784c47f263fab49df2daba8e1559685426ac382aa3e8c4f6a2637b005ec38', 1000, 2000, 0, NULL, NULL, NULL, NULL, '2026-11-30 19:13:35.123942+00', NULL);
INSERT INTO peftsearch.trial VALUES (1, 6, 'ready', 2198628153091375, 0, NULL, NULL, '{"degree":5,"epochs":4,"learning_rate":0.00402747,"method":"polynomial"}', '{"degree":5,"epochs":4,"learning_rate":0.00402747,"method":"polynomial"}', '480bc384d51d8dff0421747a09ba2e32087bdb00e15a60c1f56c05acd3bc6a2e', 1000, 2000, 0, NULL, NULL, NULL, NULL, '2026-11-30 19:13:35.123969+00', NULL);
INSERT INTO peftsearch.trial VALUES (1, 7, 'ready', 1997474601890195, 0, NULL, NULL, '{"degree":1,"epochs":8,"learning_rate":0.299915,"method":"polynomial"}', '{"degree":1,"epochs":8,"learning_rate":0.299915,"method":"polynomial"}', '02c08132de8e9a7faeb0a0a4b47808fbee4c1c02d2bf16a2532b6f8c920e4bd0', 1000, 2000, 0, NULL, NULL, NULL, NULL, '2026-11-30 19:13:35.123989+00', NULL);
INSERT INTO peftsearch.trial VALUES (1, 4, 'running', 8202796690923931, 0, NULL, NULL, '{"epochs":1,"learning_rate":0.13998,"method":"relu","width":6}', '{"epochs":1,"learning_rate":0.13998,"method":"relu","width":6}', '4c137af307f87854ee1c8ac69297a88900198ef8ae9f0bfb8a95928644b8c44e', 1000, 2000, 1, NULL, NULL, NULL, NULL, '2026-11-30 19:13:35.123817+00', NULL);

INSERT INTO peftsearch.work VALUES (1, 1, 0, 'train', 'finished', 1, 0, 0, '2026-11-30 19:13:34.475402+00');
INSERT INTO peftsearch.work VALUES (1, 0, 0, 'train', 'finished', 1, 0, 0, '2026-11-30 19:13:34.475302+00');
INSERT INTO peftsearch.work VALUES (1, 2, 0, 'train', 'finished', 1, 0, 0, '2026-11-30 19:13:34.475422+00');
INSERT INTO peftsearch.work VALUES (1, 3, 0, 'train', 'finished', 1, 0, 0, '2026-11-30 19:13:34.475437+00');
INSERT INTO peftsearch.work VALUES (1, 5, 0, 'train', 'ready', NULL, 0, 0, '2026-11-30 19:13:35.123967+00');
INSERT INTO peftsearch.work VALUES (1, 6, 0, 'train', 'ready', NULL, 0, 0, '2026-11-30 19:13:35.123987+00');
INSERT INTO peftsearch.work VALUES (1, 7, 0, 'train', 'ready', NULL, 0, 0, '2026-11-30 19:13:35.124005+00');
INSERT INTO peftsearch.work VALUES (1, 4, 0, 'train', 'running', 1, 0, 0, '2026-11-30 19:13:35.123922+00');

INSERT INTO peftsearch.worker VALUES ('c4860046c24ac10cdf9b4ca604cb28b6', 'node1', 25897, 2, '2026-11-30 19:13:34.492574+00');
INSERT INTO peftsearch.worker VALUES ('abababababababababababababababab', 'node1', 77, 1, '2026-11-30 19:13:45.909324+00');

SELECT pg_catalog.setval('peftsearch.study_id_seq', 33, true);

ALTER TABLE ONLY peftsearch.attempt
    ADD CONSTRAINT attempt_pkey PRIMARY KEY (study_id, trial_number, attempt);

ALTER TABLE ONLY peftsearch.controller
    ADD CONSTRAINT controller_pkey PRIMARY KEY (study_id);

ALTER TABLE ONLY peftsearch.derived_result
    ADD CONSTRAINT derived_result_pkey PRIMARY KEY (study_id, trial_number, place);

ALTER TABLE ONLY peftsearch.derived_result
    ADD CONSTRAINT derived_result_study_id_trial_number_configuration_hash_key UNIQUE (study_id, trial_number, configuration_hash);

ALTER TABLE ONLY peftsearch.front_member
    ADD CONSTRAINT front_member_pkey PRIMARY KEY (study_id, version, trial_number);

ALTER TABLE ONLY peftsearch.front_version
    ADD CONSTRAINT front_version_pkey PRIMARY KEY (study_id, version);

ALTER TABLE ONLY peftsearch.lease
    ADD CONSTRAINT lease_pkey PRIMARY KEY (study_id, trial_number, rung, purpose);

ALTER TABLE ONLY peftsearch.measurement
    ADD CONSTRAINT measurement_pkey PRIMARY KEY (study_id, trial_number, rung, name);

ALTER TABLE ONLY peftsearch.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (version);

ALTER TABLE ONLY peftsearch.promotion
    ADD CONSTRAINT promotion_pkey PRIMARY KEY (study_id, trial_number, rung);

ALTER TABLE ONLY peftsearch.replicate
    ADD CONSTRAINT replicate_pkey PRIMARY KEY (study_id, trial_number, number);

ALTER TABLE ONLY peftsearch.report
    ADD CONSTRAINT report_pkey PRIMARY KEY (study_id, trial_number, attempt, step);

ALTER TABLE ONLY peftsearch.retry_policy
    ADD CONSTRAINT retry_policy_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY peftsearch.study
    ADD CONSTRAINT study_name_key UNIQUE (name);

ALTER TABLE ONLY peftsearch.study
    ADD CONSTRAINT study_pkey PRIMARY KEY (id);

ALTER TABLE ONLY peftsearch.trial
    ADD CONSTRAINT trial_pkey PRIMARY KEY (study_id, number);

ALTER TABLE ONLY peftsearch.work
    ADD CONSTRAINT work_pkey PRIMARY KEY (study_id, trial_number, rung, purpose);

ALTER TABLE ONLY peftsearch.worker
    ADD CONSTRAINT worker_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX attempt_finished_once ON peftsearch.attempt USING btree (study_id, trial_number, rung, purpose) WHERE (outcome = 'finished'::text);

CREATE UNIQUE INDEX attempt_running_once ON peftsearch.attempt USING btree (study_id, trial_number, rung, purpose) WHERE (outcome = 'running'::text);

CREATE UNIQUE INDEX trial_derived_once ON peftsearch.trial USING btree (study_id, parent, configuration_hash) WHERE (parent IS NOT NULL);

CREATE UNIQUE INDEX trial_proposed_once ON peftsearch.trial USING btree (study_id, configuration_hash) WHERE (parent IS NULL);

CREATE INDEX work_claim ON peftsearch.work USING btree (study_id, purpose, rung DESC, trial_number) WHERE (state = 'ready'::text);

CREATE OR REPLACE VIEW dashboard.studies AS
 SELECT s.id AS study_id,
    s.name AS study,
    s.state,
    s.budget,
    s.is_test_seen,
    s.hash,
    (s.resolved)::jsonb AS resolved,
    s.created_at,
    s.completed_at,
    count(t.number) FILTER (WHERE (t.parent IS NULL)) AS trials,
    count(t.number) FILTER (WHERE ((t.state = 'done'::text) AND (t.parent IS NULL))) AS done,
    count(t.number) FILTER (WHERE (t.state = 'failed'::text)) AS failed,
    count(t.number) FILTER (WHERE (t.state = 'running'::text)) AS running,
    count(t.number) FILTER (WHERE (t.state = 'paused'::text)) AS paused,
    count(t.number) FILTER (WHERE (t.state = 'stopped'::text)) AS stopped,
    count(t.parent) AS derived
   FROM (peftsearch.study s
     LEFT JOIN peftsearch.trial t ON ((t.study_id = s.id)))
  GROUP BY s.id;

ALTER TABLE ONLY peftsearch.attempt
    ADD CONSTRAINT attempt_study_id_trial_number_rung_purpose_fkey FOREIGN KEY (study_id, trial_number, rung, purpose) REFERENCES peftsearch.work(study_id, trial_number, rung, purpose) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.attempt
    ADD CONSTRAINT attempt_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES peftsearch.worker(id);

ALTER TABLE ONLY peftsearch.controller
    ADD CONSTRAINT controller_study_id_fkey FOREIGN KEY (study_id) REFERENCES peftsearch.study(id) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.derived_result
    ADD CONSTRAINT derived_result_study_id_trial_number_attempt_fkey FOREIGN KEY (study_id, trial_number, attempt) REFERENCES peftsearch.attempt(study_id, trial_number, attempt) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.front_member
    ADD CONSTRAINT front_member_study_id_trial_number_fkey FOREIGN KEY (study_id, trial_number) REFERENCES peftsearch.trial(study_id, number) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.front_member
    ADD CONSTRAINT front_member_study_id_version_fkey FOREIGN KEY (study_id, version) REFERENCES peftsearch.front_version(study_id, version) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.front_version
    ADD CONSTRAINT front_version_study_id_cause_fkey FOREIGN KEY (study_id, cause) REFERENCES peftsearch.trial(study_id, number) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.front_version
    ADD CONSTRAINT front_version_study_id_fkey FOREIGN KEY (study_id) REFERENCES peftsearch.study(id) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.lease
    ADD CONSTRAINT lease_study_id_trial_number_rung_purpose_fkey FOREIGN KEY (study_id, trial_number, rung, purpose) REFERENCES peftsearch.work(study_id, trial_number, rung, purpose) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.measurement
    ADD CONSTRAINT measurement_study_id_trial_number_attempt_fkey FOREIGN KEY (study_id, trial_number, attempt) REFERENCES peftsearch.attempt(study_id, trial_number, attempt) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.measurement
    ADD CONSTRAINT measurement_trial FOREIGN KEY (study_id, trial_number) REFERENCES peftsearch.trial(study_id, number) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.promotion
    ADD CONSTRAINT promotion_study_id_trial_number_fkey FOREIGN KEY (study_id, trial_number) REFERENCES peftsearch.trial(study_id, number) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.replicate
    ADD CONSTRAINT replicate_study_id_trial_number_fkey FOREIGN KEY (study_id, trial_number) REFERENCES peftsearch.trial(study_id, number) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.report
    ADD CONSTRAINT report_study_id_trial_number_attempt_fkey FOREIGN KEY (study_id, trial_number, attempt) REFERENCES peftsearch.attempt(study_id, trial_number, attempt) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.trial
    ADD CONSTRAINT trial_study_id_fkey FOREIGN KEY (study_id) REFERENCES peftsearch.study(id) ON DELETE CASCADE;

ALTER TABLE ONLY peftsearch.trial
    ADD CONSTRAINT trial_study_id_parent_fkey FOREIGN KEY (study_id, parent) REFERENCES peftsearch.trial(study_id, number);

ALTER TABLE ONLY peftsearch.work
    ADD CONSTRAINT work_study_id_trial_number_fkey FOREIGN KEY (study_id, trial_number) REFERENCES peftsearch.trial(study_id, number) ON DELETE CASCADE;

