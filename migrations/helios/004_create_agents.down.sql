DROP TABLE blackboard_events;
DROP TABLE agent_context_states;
DROP TABLE tasks;
