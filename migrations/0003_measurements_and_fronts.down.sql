DROP TABLE controller;
DROP TABLE front_member;
DROP TABLE front_version;
DROP TABLE measurement;
DROP TABLE report;
