"""Display batches and image folders: `show_batch`, `folder_report`."""
