"""What must never happen: rows that cross, ids that tell, doors beside the front one."""
