"""Places that hold files: folders of this machine, and object stores. See `kintsugi.sources.places.place`."""
