-- Studies in the shapes of Optuna's tables, so that Optuna 5 and its dashboard
-- show them. Nobody writes through them.

-- What a study's document says, in rows ----------------------------------------

-- Views that took it from `resolved` would parse that for each trial.

CREATE TABLE study_objective (
    study_id bigint NOT NULL REFERENCES study ON DELETE CASCADE,
    position integer NOT NULL,
    metric text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('maximize', 'minimize')),
    PRIMARY KEY (study_id, position)
);
CREATE TABLE study_constraint (
    study_id bigint NOT NULL REFERENCES study ON DELETE CASCADE,
    position integer NOT NULL,
    metric text NOT NULL,
    comparison text NOT NULL CHECK (comparison IN ('<=', '>=')),
    bound double precision NOT NULL,
    PRIMARY KEY (study_id, position)
);
CREATE TABLE study_parameter (
    study_id bigint NOT NULL REFERENCES study ON DELETE CASCADE,
    position integer NOT NULL,
    name text NOT NULL,
    -- Of a choice or of levels, in their order; null for ranges.
    choices jsonb[],
    -- The domain as Optuna writes it.
    distribution text NOT NULL,
    PRIMARY KEY (study_id, position),
    UNIQUE (study_id, name)
);

CREATE FUNCTION list_document(p_study bigint, p_resolved json)
RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO study_objective (study_id, position, metric, direction)
    SELECT p_study, o.position - 1, o.value ->> 'metric', o.value ->> 'direction'
    FROM json_array_elements(p_resolved -> 'objectives') WITH ORDINALITY o(value, position);

    INSERT INTO study_constraint (study_id, position, metric, comparison, bound)
    SELECT p_study, c.position - 1,
        CASE WHEN word[2] = 'contains' THEN word[1] || '_' || word[3] ELSE word[1] END,
        CASE WHEN word[2] = 'contains' THEN '>=' ELSE word[2] END,
        CASE WHEN word[2] = 'contains' THEN 1 ELSE word[3]::double precision END
    FROM json_array_elements_text(p_resolved -> 'constraints') WITH ORDINALITY c(text, position),
        string_to_array(c.text, ' ') AS word;

    INSERT INTO study_parameter (study_id, position, name, choices, distribution)
    SELECT p_study, p.position - 1, p.value ->> 'name',
        (SELECT array_agg(v.value ORDER BY v.position)
         FROM jsonb_array_elements(listed) WITH ORDINALITY v(value, position)),
        CASE
            WHEN listed IS NOT NULL THEN json_build_object(
                'name', 'CategoricalDistribution', 'attributes', json_build_object('choices', listed))
            WHEN domain ? 'int' THEN json_build_object(
                'name', 'IntDistribution',
                'attributes', json_build_object(
                    'log', domain ->> 'scale' = 'log2', 'step', 1,
                    'low', domain -> 'int' -> 0, 'high', domain -> 'int' -> 1))
            ELSE json_build_object(
                'name', 'FloatDistribution',
                'attributes', json_build_object(
                    'step', NULL, 'low', domain -> 'float' -> 0, 'high', domain -> 'float' -> 1,
                    'log', domain ->> 'scale' = 'log'))
        END::text
    FROM json_array_elements(p_resolved -> 'space' -> 'parameters') WITH ORDINALITY p(value, position),
        LATERAL (SELECT (p.value -> 'domain')::jsonb AS domain) d,
        LATERAL (SELECT coalesce(domain -> 'choice', domain -> 'levels') AS listed) l;
$$;
SELECT list_document(id, resolved) FROM study;

CREATE FUNCTION list_new_study() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM list_document(NEW.id, NEW.resolved);
    RETURN NULL;
END $$;
CREATE TRIGGER study_listed AFTER INSERT ON study FOR EACH ROW EXECUTE FUNCTION list_new_study();

DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema());
END $$;

-- The tables --------------------------------------------------------------------

-- Optuna numbers trials over all studies, and a client that has read up to a
-- number never looks below it: within a study ours rise as trials are proposed.
CREATE INDEX trial_for_optuna ON trial ((study_id * 2147483648 + number));

DO $$
DECLARE
    optuna text := current_setting('peftsearch.prefix') || 'optuna';
BEGIN
    EXECUTE format('CREATE SCHEMA %I', optuna);
    PERFORM set_config('search_path', format('%I, %s', optuna, current_setting('search_path')), true);
END $$;

-- Clients look for the names of these types, whether a column has them or not.
CREATE TYPE studydirection AS ENUM ('NOT_SET', 'MINIMIZE', 'MAXIMIZE');
CREATE TYPE trialstate AS ENUM ('RUNNING', 'COMPLETE', 'PRUNED', 'FAIL', 'WAITING');
CREATE TYPE trialvaluetype AS ENUM ('FINITE', 'INF_POS', 'INF_NEG');
CREATE TYPE trialintermediatevaluetype AS ENUM ('FINITE', 'INF_POS', 'INF_NEG', 'NAN');

-- Optuna 5.0's, and those of every release since 3.2.
CREATE VIEW alembic_version AS SELECT 'v3.2.0.a'::varchar(32) AS version_num;
CREATE VIEW version_info AS
SELECT 1 AS version_info_id, 12 AS schema_version, '5.0.0'::varchar(256) AS library_version;

CREATE VIEW studies AS SELECT id AS study_id, name::varchar(512) AS study_name FROM study;

-- In this order, since Optuna reads them without one.
CREATE VIEW study_directions AS
SELECT study_id * 65536 + position AS study_direction_id, upper(direction)::studydirection AS direction,
       study_id, position AS objective
FROM study_objective
ORDER BY study_id, position;

CREATE VIEW study_user_attributes AS
SELECT s.id * 65536 + a.position AS study_user_attribute_id, s.id AS study_id, a.key::varchar(512) AS key,
       a.value::text AS value_json
FROM study s,
    json_each(json_build_object(
        'state', s.state, 'budget', s.budget, 'hash', s.hash, 'test_seen', s.is_test_seen,
        'model', s.resolved #> '{model,path}', 'seed', s.resolved -> 'seed',
        'strategy', s.resolved #> '{search,strategy}')) WITH ORDINALITY a(key, value, position);

-- Names of objectives, and notes: of a study how to go on, of a trial what
-- became of it. In the order of their keys' numbers: 0 to 2 the study's, then
-- two a trial.
CREATE VIEW study_system_attributes AS
SELECT s.id * 8589934592 + a.position AS study_system_attribute_id, s.id AS study_id,
       a.key::varchar(512) AS key, a.value::text AS value_json
FROM study s,
    LATERAL (VALUES
        (0, 'study:metric_names', (
            SELECT coalesce(json_agg(o.metric ORDER BY o.position), '[]'::json)
            FROM study_objective o WHERE o.study_id = s.id)),
        (1, 'dashboard:note_ver', to_json(1)),
        (2, 'dashboard:note_str:0', to_json(format(
            E'Study **%s** of PEFT Search, seen through read-only views: what writes here fails.\n\n'
                '- the front: `peftsearch front %1$s`\n- one trial: `peftsearch trial %1$s NUMBER`\n'
                '- to ship it: `peftsearch export %1$s NUMBER --out FOLDER`\n',
            s.name)))) AS a(position, key, value)
UNION ALL
SELECT n.study_id * 8589934592 + 3 + 2 * n.number::bigint + a.position, n.study_id, a.key::varchar(512),
       a.value::text
FROM (
        SELECT t.study_id, t.number,
            left(format(E'Failed: **%s**\n\n```\n%s\n```\n', t.failure_reason, t.failure_detail), 2000) AS note
        FROM trial t WHERE t.state = 'failed'
        UNION ALL
        SELECT m.study_id, m.trial_number,
            format(E'On the front. To ship it: `peftsearch export %s %s --out FOLDER`\n',
                   s.name, m.trial_number)
        FROM front_member m JOIN study s ON s.id = m.study_id
        WHERE m.version = (SELECT max(v.version) FROM front_version v WHERE v.study_id = m.study_id)
    ) n,
    LATERAL (VALUES
        (0, format('dashboard:%s:note_ver', n.study_id * 2147483648 + n.number), to_json(1)),
        (1, format('dashboard:%s:note_str:0', n.study_id * 2147483648 + n.number), to_json(n.note)))
        AS a(position, key, value);

CREATE VIEW trials AS
SELECT t.study_id * 2147483648 + t.number AS trial_id, t.number, t.study_id,
       (CASE t.state
            WHEN 'ready' THEN 'WAITING'
            WHEN 'running' THEN 'RUNNING'
            WHEN 'paused' THEN 'RUNNING'
            WHEN 'done' THEN 'COMPLETE'
            WHEN 'stopped' THEN 'PRUNED'
            ELSE 'FAIL'
        END)::trialstate AS state,
       ((SELECT min(a.claimed_at) FROM attempt a
         WHERE a.study_id = t.study_id AND a.trial_number = t.number) AT TIME ZONE 'UTC') AS datetime_start,
       (t.finished_at AT TIME ZONE 'UTC') AS datetime_complete
FROM trial t;

CREATE VIEW trial_params AS
SELECT (t.study_id * 2147483648 + t.number) * 65536 + p.position AS param_id,
       t.study_id * 2147483648 + t.number AS trial_id, p.name::varchar(512) AS param_name,
       CASE WHEN p.choices IS NULL THEN (a.value #>> '{}')::double precision
            ELSE array_position(p.choices, a.value) - 1 END AS param_value,
       p.distribution AS distribution_json
FROM trial t, jsonb_each(t.assignment::jsonb) AS a, study_parameter p
WHERE p.study_id = t.study_id AND p.name = a.key
    AND (p.choices IS NULL OR array_position(p.choices, a.value) IS NOT NULL);

-- A trial that is not done has none: Optuna takes them for a finished one's.
CREATE VIEW trial_values AS
SELECT (t.study_id * 2147483648 + t.number) * 65536 + o.position AS trial_value_id,
       t.study_id * 2147483648 + t.number AS trial_id, o.position AS objective, m.value,
       'FINITE'::trialvaluetype AS value_type
FROM trial t
JOIN study_objective o ON o.study_id = t.study_id
JOIN measurement m ON m.study_id = t.study_id AND m.trial_number = t.number AND m.rung = t.rung
    AND m.name = o.metric
WHERE t.state = 'done';

-- One number a step: the first objective if it is reported, else the loss, else
-- whichever comes first by name; of several attempts at a step the last.
CREATE VIEW trial_intermediate_values AS
SELECT (t.study_id * 2147483648 + t.number) * 65536 + r.position AS trial_intermediate_value_id,
       t.study_id * 2147483648 + t.number AS trial_id, r.step, r.value AS intermediate_value,
       'FINITE'::trialintermediatevaluetype AS intermediate_value_type
FROM trial t
JOIN study_objective o ON o.study_id = t.study_id AND o.position = 0,
    LATERAL (
        SELECT l.step, row_number() OVER (ORDER BY l.step) AS position,
            coalesce(
                l.metrics ->> o.metric, l.metrics ->> 'loss',
                (SELECT e.value #>> '{}' FROM jsonb_each(l.metrics) e ORDER BY e.key LIMIT 1)
            )::double precision AS value
        FROM (
            SELECT DISTINCT ON (r.step) r.step, r.metrics::jsonb AS metrics FROM report r
            WHERE r.study_id = t.study_id AND r.trial_number = t.number
            ORDER BY r.step, r.attempt DESC) l) r
WHERE r.value IS NOT NULL;

CREATE VIEW trial_user_attributes AS
SELECT (t.study_id * 2147483648 + t.number) * 65536 + a.position AS trial_user_attribute_id,
       t.study_id * 2147483648 + t.number AS trial_id, a.key::varchar(512) AS key,
       a.value::text AS value_json
FROM trial t,
    LATERAL jsonb_each(
        coalesce((
            SELECT jsonb_object_agg(m.name, m.value) FROM measurement m
            WHERE m.study_id = t.study_id AND m.trial_number = t.number AND m.rung = t.rung), '{}')
        || jsonb_strip_nulls(jsonb_build_object(
            'peftsearch:state', t.state, 'peftsearch:label', t.label, 'peftsearch:parent', t.parent,
            'peftsearch:seed', t.seed::text, 'peftsearch:configuration', t.configuration::text,
            'peftsearch:failure', t.failure_reason))
    ) WITH ORDINALITY a(key, value, position);

-- By how much each constraint is broken, above 0 where it is; in the older of
-- two forms, which Optuna's dashboard reads too. Unknown is broken.
CREATE VIEW trial_system_attributes AS
SELECT t.study_id * 2147483648 + t.number AS trial_system_attribute_id,
       t.study_id * 2147483648 + t.number AS trial_id, 'constraints'::varchar(512) AS key,
       json_agg(
           coalesce(CASE c.comparison WHEN '<=' THEN m.value - c.bound ELSE c.bound - m.value END, 1e308)
           ORDER BY c.position)::text AS value_json
FROM trial t
JOIN study_constraint c ON c.study_id = t.study_id
LEFT JOIN measurement m ON m.study_id = t.study_id AND m.trial_number = t.number AND m.rung = t.rung
    AND m.name = c.metric
WHERE t.state = 'done'
GROUP BY t.study_id, t.number;

CREATE VIEW trial_heartbeats AS
SELECT t.study_id * 2147483648 + t.number AS trial_heartbeat_id,
       t.study_id * 2147483648 + t.number AS trial_id, max(l.expires AT TIME ZONE 'UTC') AS heartbeat
FROM trial t JOIN lease l ON l.study_id = t.study_id AND l.trial_number = t.number
GROUP BY t.study_id, t.number;

-- Some of these views could be written through, by who owns the tables.
CREATE FUNCTION refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'studies of PEFT Search are read only for Optuna'
        USING HINT = 'Change them with peftsearch.', ERRCODE = 'insufficient_privilege';
END $$;
DO $$
DECLARE
    view text;
BEGIN
    FOR view IN SELECT c.oid::regclass::text FROM pg_class c
        WHERE c.relkind = 'v'
            AND c.relnamespace = (current_setting('peftsearch.prefix') || 'optuna')::regnamespace
    LOOP
        EXECUTE format(
            'CREATE TRIGGER read_only INSTEAD OF INSERT OR UPDATE OR DELETE ON %s '
            'FOR EACH ROW EXECUTE FUNCTION refuse_write()', view);
    END LOOP;
END $$;
