DROP TABLE router_decision_log;
DROP TABLE simple_chat_context;
DROP TABLE chat_messages;
DROP TABLE chat_mode_sessions;
