DROP TABLE trial;
DROP TABLE study;
