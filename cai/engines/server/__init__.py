"""The engine for models behind OpenAI-compatible servers: vLLM, SGLang, llama.cpp, hosted ones."""
