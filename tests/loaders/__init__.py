"""The dataloaders."""
