SELECT
    current_setting('app.current_user_id'),
    current_setting('app.current_session_id'),
    current_setting('app.current_service')
