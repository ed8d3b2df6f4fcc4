-- Rows of a day.
SELECT *
FROM 'data/day.csv'
