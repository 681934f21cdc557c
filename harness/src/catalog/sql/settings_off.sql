select set_config(before.name, before.value, true)
from json_each_text(current_setting('pgproof.before')::json) as before (name, value);
