# Varnish 7.1 (Debian's varnish) as an edge cache, on Tarina's machine or in a college's network: behind a proxy that ends TLS
# (the Caddyfile or nginx.conf beside this, with Varnish's address instead of Tarina's), before Tarina.
#   varnishd -a 127.0.0.1:6081,HTTP -f /etc/varnish/tarina.vcl -s malloc,4g -p backend_idle_timeout=50 -p timeout_idle=60
# varnishncsa, the access log, is not run: request lines hold personal links.
# "trusted_proxies" in tarina.jsonc names the machines of both.
vcl 4.1;

backend tarina {
    .host = "127.0.0.1";
    .port = "8080";
}

acl front { # who ends TLS before us
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    # Varnish has added the address of whoever connects to X-Forwarded-For already. What others claim beside it goes.
    if (client.ip !~ front) {
        set req.http.X-Forwarded-For = client.ip;
        unset req.http.X-Forwarded-Proto;
    }
    # A film to take along: straight through, for what is passed is first collected in memory.
    if (req.url ~ "^/(studio/)?stories/[^/?]+/download") {
        return (pipe);
    }
    # Pages are somebody's own, previews too ("/stream/p-…"), and an upload must reach Tarina while it is sent.
    if (req.url !~ "^/stream/" || req.url ~ "^/stream/p-" || (req.method != "GET" && req.method != "HEAD")) {
        return (pass);
    }
    unset req.http.Cookie; # no stream depends on one
    return (hash);
}

sub vcl_pipe {
    set bereq.http.Connection = "close"; # the next request on it is looked at again
}

sub vcl_backend_response {
    # Tarina says how long an answer may be given to others before it must be asked again (s-maxage, less than a minute): so a
    # withdrawal takes hold here too. Nothing is given beyond that; a segment that still holds costs a 304.
    set beresp.grace = 0s;
    set beresp.keep = 10m;
}

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
}
