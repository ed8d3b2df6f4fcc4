-- The data of the watch-next example: one statement per file. Times are UTC.

COPY (
    SELECT * FROM (VALUES
        ('8a2f', TIMESTAMP '2026-05-01 00:00:00', 'casual'),
        ('b13c', TIMESTAMP '2026-05-06 00:00:00', 'casual'),
        ('8a2f', TIMESTAMP '2026-05-07 00:00:00', 'power_user')
    ) AS t(user_id, event_timestamp, user_segment)
) TO 'user_segment.parquet' (FORMAT parquet);

COPY (
    SELECT * FROM (VALUES
        ('8a2f', TIMESTAMP '2026-05-05 11:00:00', CAST(22 AS BIGINT)),
        ('b13c', TIMESTAMP '2026-05-07 19:00:00', CAST(5 AS BIGINT)),
        ('8a2f', TIMESTAMP '2026-05-07 21:00:00', CAST(47 AS BIGINT))
    ) AS t(user_id, event_timestamp, watch_count_30d)
) TO 'watch_count_30d.parquet' (FORMAT parquet);

COPY (
    SELECT * FROM (VALUES
        ('8a2f', TIMESTAMP '2026-05-05 10:12:00', 'drama'),
        ('b13c', TIMESTAMP '2026-05-07 18:30:00', 'thriller'),
        ('8a2f', TIMESTAMP '2026-05-07 21:40:00', 'documentary')
    ) AS t(user_id, event_timestamp, last_genre)
) TO 'last_genre.parquet' (FORMAT parquet);

COPY (
    SELECT * FROM (VALUES
        ('8a2f', TIMESTAMP '2026-05-05 12:00:00'),
        ('b13c', TIMESTAMP '2026-05-07 20:00:00'),
        ('8a2f', TIMESTAMP '2026-05-07 22:00:00')
    ) AS t(user_id, event_timestamp)
) TO 'messages.parquet' (FORMAT parquet);
