"""What a customer sees. Each file is one page: `layout(viewer, …)`."""
