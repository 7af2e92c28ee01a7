const NO_STORE = {
  ...{ path: null, endpoint: null, region: 'us-east-1', bucket: null, prefix: '', path_style: true },
  ...{ storage_class: null, max_bytes: null, retention_days: null },
};

/** The section `tiers` of the configuration as the program brings it. */
export const NO_TIERS = {
  bytes_per_second: null,
  hot: { max_bytes: null, min_free_bytes: null },
  warm: { path: null, after_days: 1, max_bytes: null, retention_days: null },
  cold: { ...NO_STORE, after_days: 7 },
  archived: { ...NO_STORE, after_days: 30 },
};
