-- What a node says to all others, once in ten milliseconds at most.
select pg_notify('maitre_jobs', '@events');
