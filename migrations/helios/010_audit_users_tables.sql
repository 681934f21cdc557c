-- Every table that holds something of a user is written down. AFTER and FOR EACH ROW: what was stored, by whatever statement,
-- cascades of foreign keys included. TRUNCATE, which fires none of these, is granted to nobody (006).

CREATE TRIGGER audit_trigger_users
AFTER INSERT OR UPDATE OR DELETE ON users
FOR EACH ROW EXECUTE FUNCTION audit.log_change();

CREATE TRIGGER audit_trigger_user_profiles
AFTER INSERT OR UPDATE OR DELETE ON user_profiles
FOR EACH ROW EXECUTE FUNCTION audit.log_change('user_id');

CREATE TRIGGER audit_trigger_chat_mode_sessions
AFTER INSERT OR UPDATE OR DELETE ON chat_mode_sessions
FOR EACH ROW EXECUTE FUNCTION audit.log_change();

CREATE TRIGGER audit_trigger_chat_messages
AFTER INSERT OR UPDATE OR DELETE ON chat_messages
FOR EACH ROW EXECUTE FUNCTION audit.log_change();

CREATE TRIGGER audit_trigger_simple_chat_context
AFTER INSERT OR UPDATE OR DELETE ON simple_chat_context
FOR EACH ROW EXECUTE FUNCTION audit.log_change();

CREATE TRIGGER audit_trigger_router_decision_log
AFTER INSERT OR UPDATE OR DELETE ON router_decision_log
FOR EACH ROW EXECUTE FUNCTION audit.log_change();

CREATE TRIGGER audit_trigger_documents
AFTER INSERT OR UPDATE OR DELETE ON documents
FOR EACH ROW EXECUTE FUNCTION audit.log_change();

CREATE TRIGGER audit_trigger_unified_memory_vectors
AFTER INSERT OR UPDATE OR DELETE ON unified_memory_vectors
FOR EACH ROW EXECUTE FUNCTION audit.log_change();

CREATE TRIGGER audit_trigger_consensus_memory_nodes
AFTER INSERT OR UPDATE OR DELETE ON consensus_memory_nodes
FOR EACH ROW EXECUTE FUNCTION audit.log_change();

CREATE TRIGGER audit_trigger_tasks
AFTER INSERT OR UPDATE OR DELETE ON tasks
FOR EACH ROW EXECUTE FUNCTION audit.log_change();

CREATE TRIGGER audit_trigger_agent_context_states
AFTER INSERT OR UPDATE OR DELETE ON agent_context_states
FOR EACH ROW EXECUTE FUNCTION audit.log_change();

CREATE TRIGGER audit_trigger_blackboard_events
AFTER INSERT OR UPDATE OR DELETE ON blackboard_events
FOR EACH ROW EXECUTE FUNCTION audit.log_change();
