DROP TABLE lease;
DROP TABLE attempt;
DROP TABLE work;
DROP TABLE retry_policy;
DROP TABLE worker;
