"""Understanding mail: raw bytes in, plain values out."""
