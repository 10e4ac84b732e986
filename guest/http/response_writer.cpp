// SPDX-License-Identifier: Apache-2.0
#include "response_writer.hpp"

#include <charconv>

namespace shallop::http {
namespace {

/// Empty for a status of the handler's own; the reason phrase is optional (RFC 9112, 4).
std::string_view reason(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "";
  }
}

constexpr std::string_view connection_lines[] = {"", "connection: keep-alive\r\n", "connection: close\r\n"};
constexpr std::size_t max_framing_bytes = 256;  // status line, our own headers and the empty line

/// RFC 9110, 8.6: no content-length in a 204; and a 304 would tell that of another response.
bool has_content(int status) noexcept { return status != 204 && status != 304; }

char* put_status_line(char* out, int status) noexcept {
  if (status == 200) return OutputBuffer::put(out, "HTTP/1.1 200 OK\r\n");
  out = OutputBuffer::put(out, "HTTP/1.1 ");
  out = std::to_chars(out, out + 3, status).ptr;
  *out++ = ' ';
  return OutputBuffer::put(OutputBuffer::put(out, reason(status)), "\r\n");
}

struct Parts {
  int status;
  std::string_view header_lines;
  std::string_view body;
  const DateLine& date;
  bool head_only;
  ConnectionHeader connection;
};

void append(OutputBuffer& buffer, const Parts& parts) {
  char* out = buffer.prepare(max_framing_bytes + parts.header_lines.size() + parts.body.size());
  out = put_status_line(out, parts.status);
  if (has_content(parts.status)) {
    out = OutputBuffer::put(out, "content-length: ");
    out = std::to_chars(out, out + 20, parts.body.size()).ptr;
    out = OutputBuffer::put(out, "\r\n");
  }
  out = parts.date.copy_to(out);
  if (parts.connection != ConnectionHeader::none) {
    out = OutputBuffer::put(out, connection_lines[static_cast<std::size_t>(parts.connection)]);
  }
  if (!parts.header_lines.empty()) out = OutputBuffer::put(out, parts.header_lines);
  out = OutputBuffer::put(out, "\r\n");
  if (!parts.head_only && has_content(parts.status)) out = OutputBuffer::put(out, parts.body);
  buffer.commit(out);
}

}  // namespace

void append_response(OutputBuffer& out, const Response& response, const DateLine& date, bool head_only,
                     ConnectionHeader connection) {
  append(out, {response.status(), response.header_lines(), response.body(), date, head_only, connection});
}

void append_refusal(OutputBuffer& out, int status, const DateLine& date, bool head_only,
                    std::string_view header_lines) {
  append(out, {status, header_lines, reason(status), date, head_only, ConnectionHeader::close});
}

}  // namespace shallop::http
