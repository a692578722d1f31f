"""Pictures of batches and folders on the page: `show_batch`, `folder_report`."""
