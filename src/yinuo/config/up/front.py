"""The front server's configuration: one address, static files, the event stream unbuffered."""

import json
import os
import shutil
import sysconfig
from pathlib import Path

from yinuo.config.paths import socket_folder, static_root, web_sockets
from yinuo.config.refusal import Refusal
from yinuo.config.up.site import Site

BODY_LIMIT = "32MB"
TOO_LARGE_PAGE = (
    "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>文件太大</title>"
    "<body style='font:14px system-ui;margin:20vh auto;max-width:28em'>"
    "<p data-sentence>文件太大：一次最多 25 MB。请返回上一页，去掉一些文件再发送。</p>"
    "<p>Too large: 25 MB at once at most. Go back, take some files out and send it again.</p>"
)
STARTING_PAGE = (
    "<!doctype html><html lang=zh-CN><meta charset=utf-8><meta http-equiv=refresh content=3>"
    "<title>一诺</title><body style='font:14px system-ui;margin:20vh auto;max-width:28em'>"
    "<p>服务正在启动，页面会自动刷新。</p><p>Starting. This page reloads by itself.</p>"
)


def _fault(code: str, text: str) -> str:
    """An error as the API tells it (`api.faults`), where the API is not asked."""
    return json.dumps({"code": code, "text": text, "fields": [], "request_id": ""}, ensure_ascii=False)


STARTING_ANSWER = _fault("unavailable", "服务正在启动，请稍后重试。Starting: try again shortly.")
TOO_LARGE_ANSWER = _fault("body_too_large", "请求内容超过 32 MB。The body is larger than 32 MB.")
API_HELD = "256KB"
"""Requests of programs up to this size are taken whole before a web thread is asked, so that slow senders hold none."""


def program() -> str:
    """The Caddy of this environment, else one on the path. Raises Refusal."""
    own = Path(sysconfig.get_path("scripts")) / "caddy"
    found = str(own) if own.is_file() else shutil.which("caddy")
    if found is None:
        raise Refusal("Caddy is not installed: run `make build`.")
    return found


def environment(data: Path) -> dict[str, str]:
    """Keeps certificates and state of the front server in the data folder, never in a home folder."""
    home = str(data / "front")
    return {"XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home, "HOME": home}


def caddyfile(data: Path, site: Site) -> str:
    """The whole configuration. Bodies are taken in whole before a page is asked, so that slow ones hold up no thread of
    the pages. `YINUO_PROXIES` (addresses or ranges) names proxies of one's own in front.

    Addresses of requests stay out of its log: they carry the secret part of a customer's link.
    """
    stream = _quoted(f"unix/{socket_folder(data) / 'stream.sock'}")
    web = " ".join(_quoted(f"unix/{socket}") for socket in web_sockets(data))
    proxies = os.environ.get("YINUO_PROXIES", "").split()
    trusted = f"trusted_proxies static {' '.join(proxies)}\n\t\ttrusted_proxies_strict" if proxies else ""
    plain = "" if site.tls else "auto_https off"
    text = f"""{{
	admin off
	persist_config off
	skip_install_trust
	{plain}
	grace_period 2s
	log default {{
		output stderr
		level WARN
		exclude http.handlers.reverse_proxy
		format filter {{
			fields {{
				request delete
			}}
		}}
	}}
	servers {{
		protocols {"h1 h2" if site.tls else "h1"}
		timeouts {{
			read_header 15s
			read_body 5m
			idle 2m
		}}
		{trusted}
	}}
}}

{_addresses(site)} {{
	bind {site.listen}
	{"tls internal" if site.tls == "internal" else ""}
	request_body {{
		max_size {BODY_LIMIT}
	}}

	@metrics_from_outside {{
		path /metrics /metrics/*
		not client_ip 127.0.0.0/8 ::1
		not header Authorization *
	}}
	handle @metrics_from_outside {{
		respond 404
	}}
	@relayed header X-Forwarded-For *
	request_header @relayed X-Yinuo-Relayed yes

	handle_path /static/* {{
		root * {_quoted(static_root())}
		@hashed path_regexp \\.[0-9a-f]{{12}}\\.[a-z0-9.]+$
		header @hashed Cache-Control "public, max-age=31536000, immutable"
		header ?Cache-Control "public, max-age=300"
		header X-Content-Type-Options nosniff
		encode zstd gzip
		file_server
	}}

	@events path /events
	handle @events {{
		reverse_proxy {stream} {{
			flush_interval -1
			header_up X-Real-IP {{client_ip}}
		}}
	}}

	@api path /api/*
	handle @api {{
		reverse_proxy {web} {{
			lb_policy least_conn
			request_buffers {API_HELD}
			header_up X-Real-IP {{client_ip}}
			lb_try_duration 2s
			lb_try_interval 100ms
		}}
	}}

	handle {{
		encode zstd gzip
		reverse_proxy {web} {{
			lb_policy least_conn
			header_up X-Real-IP {{client_ip}}
			request_buffers {BODY_LIMIT}
			lb_try_duration 2s
			lb_try_interval 100ms
		}}
	}}

	handle_errors 413 {{
		header Cache-Control no-store
		handle /api/* {{
			header Content-Type "application/json; charset=utf-8"
			respond `{TOO_LARGE_ANSWER}` 413
		}}
		handle {{
			header Content-Type "text/html; charset=utf-8"
			respond `{TOO_LARGE_PAGE}` 413
		}}
	}}
	handle_errors 502 503 504 {{
		header Retry-After 3
		header Cache-Control no-store
		@program path /api/*
		handle @program {{
			header Content-Type application/json
			respond `{STARTING_ANSWER}` 503
		}}
		handle {{
			header Content-Type "text/html; charset=utf-8"
			respond `{STARTING_PAGE}` 503
		}}
	}}
}}
"""
    return "".join(line for line in text.splitlines(keepends=True) if line == "\n" or line.strip())


def _addresses(site: Site) -> str:
    if not site.tls:
        return f"http://:{site.port}"
    names = [site.tls] if site.tls != "internal" else sorted({"localhost", "127.0.0.1", _host(site)})
    return ", ".join(f"https://{name}:{site.port}" for name in names)


def _host(site: Site) -> str:
    return site.base_url.split("://", 1)[1].split("/", 1)[0].rsplit(":", 1)[0] or "localhost"


def _quoted(path: str | Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
