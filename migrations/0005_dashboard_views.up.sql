-- The views that readers outside the project may rely on, and nothing else.
--
-- They live in the schema `dashboard`. The migrator says in the setting
-- peftsearch.prefix what comes before that name: nothing for the schema
-- peftsearch, `s_` for another schema `s`, so that two never meet. With the
-- readers' schema first in search_path, CREATE VIEW puts views there and finds
-- the tables behind it; a view remembers which tables were meant.

DO $$
DECLARE
    readers text := current_setting('peftsearch.prefix') || 'dashboard';
BEGIN
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', readers);
    PERFORM set_config('search_path', format('%I, %s', readers, current_setting('search_path')), true);
END $$;

CREATE VIEW studies AS
SELECT s.id AS study_id, s.name AS study, s.state, s.budget, s.is_test_seen, s.hash,
       s.resolved::jsonb AS resolved, s.created_at, s.completed_at,
       count(t.number) AS trials,
       count(t.number) FILTER (WHERE t.state = 'done') AS done,
       count(t.number) FILTER (WHERE t.state = 'failed') AS failed,
       count(t.number) FILTER (WHERE t.state = 'running') AS running
FROM study s LEFT JOIN trial t ON t.study_id = s.id
GROUP BY s.id;
COMMENT ON VIEW studies IS 'One row a study, with its trials counted by state.';

CREATE VIEW trials AS
SELECT t.study_id, s.name AS study, t.number, t.state, t.seed, t.rung, t.parent, t.label,
       t.assignment::jsonb AS assignment, t.configuration::jsonb AS configuration,
       t.configuration_hash, t.compute_class, t.artifact, t.failure_reason, t.failure_detail,
       t.virtual_start, t.virtual_finish, t.proposed_at, t.finished_at
FROM trial t JOIN study s ON s.id = t.study_id;
COMMENT ON VIEW trials IS 'One row a trial: what was proposed and what came of it.';

CREATE VIEW measurements AS
SELECT m.study_id, s.name AS study, m.trial_number, m.name, m.value, m.kind, m.method
FROM measurement m JOIN study s ON s.id = m.study_id;
COMMENT ON VIEW measurements IS 'One row a measurement; an unknown has no row.';

CREATE VIEW attempts AS
SELECT a.study_id, s.name AS study, a.trial_number, a.attempt, a.purpose, a.rung, a.worker_id, w.host,
       a.outcome, a.detail, a.claimed_at, a.ended_at
FROM attempt a JOIN study s ON s.id = a.study_id JOIN worker w ON w.id = a.worker_id;
COMMENT ON VIEW attempts IS 'One row a try of a worker at a trial.';

CREATE VIEW reports AS
SELECT r.study_id, s.name AS study, r.trial_number, r.attempt, r.step, r.metrics::jsonb AS metrics,
       r.reported_at
FROM report r JOIN study s ON s.id = r.study_id;
COMMENT ON VIEW reports IS 'What running trials said of themselves, by attempt and step.';

CREATE VIEW front_versions AS
SELECT f.study_id, s.name AS study, f.version, f.hypervolume, f.cause, f.created_at
FROM front_version f JOIN study s ON s.id = f.study_id;
COMMENT ON VIEW front_versions IS 'One row a change of a front.';

CREATE VIEW front AS
SELECT m.study_id, s.name AS study, m.version, m.trial_number
FROM front_member m JOIN study s ON s.id = m.study_id
WHERE m.version = (SELECT max(version) FROM front_version f WHERE f.study_id = m.study_id);
COMMENT ON VIEW front IS 'The trials on the newest front of each study.';
