"""Export profiles that come with the plugin, one file each."""
