"""Pages for sales staff, managers, purchasing and admins: server-rendered, on the same application and rules as the API."""
