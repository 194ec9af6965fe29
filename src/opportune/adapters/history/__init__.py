"""Features over history: Parquet files read by DuckDB, which is imported only when it is needed."""
