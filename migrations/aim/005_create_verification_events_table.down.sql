DROP TABLE verification_events;
