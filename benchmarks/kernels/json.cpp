// SPDX-License-Identifier: Apache-2.0
// Branches on bytes: a JSON text of half a megabyte parsed into a tree in an arena, and the tree walked.
#include <cstring>
#include <iterator>

#include "kernel.hpp"

namespace {

// --- The text: an array of orders, as a service would get them ---

constexpr uint32_t text_size_bytes = 512 << 10;
char text[text_size_bytes];
uint32_t text_length = 0;

void append(const char* piece) {
  while (*piece != 0) text[text_length++] = *piece++;
}
void append(uint32_t number) {
  char digits[10];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  while (count > 0) text[text_length++] = digits[--count];
}

void make_text() {
  static const char* const names[] = {"bolt", "washer \\\"M8\\\"", "hinge", "Scharnier \\u00fc", "nut\\tand\\nbolt",
                                      "plate"};
  kernel::Random random(7);
  append("[");
  for (uint32_t id = 0; text_length + 600 < text_size_bytes; ++id) {
    if (id != 0) append(",\n ");
    append("{ \"id\": ");
    append(id);
    append(", \"name\": \"");
    append(names[random.below(std::size(names))]);
    append("\", \"price\": ");
    append(random.below(10'000));
    append(".");
    append(10 + random.below(90));
    if (random.below(4) == 0) append("e-1");
    append(", \"stock\": ");
    append(random.below(2) == 0 ? "true" : "false");
    append(", \"parent\": null, \"tags\": [");
    for (uint32_t i = random.below(5); i > 0; --i) {
      append("\"tag");
      append(random.below(100));
      append(i == 1 ? "\"" : "\", ");
    }
    append("], \"sizes\": {\"x\": -");
    append(random.below(500));
    append(", \"y\": ");
    append(random.below(500));
    append("} }");
  }
  append("]");
}

// --- The tree ---

enum class Kind : uint8_t { null, boolean, number, string, array, object };

struct Value {
  Kind kind;
  uint32_t length = 0;         // of a string
  double number = 0;           // a boolean is 0 or 1
  const char* name = nullptr;  // of a member
  uint32_t name_length = 0;
  const char* string = nullptr;
  Value* first_child = nullptr;
  Value* next = nullptr;
};

constexpr uint32_t value_count_max = 80'000;
Value values[value_count_max];
uint32_t value_count;
char string_bytes[text_size_bytes];
uint32_t string_bytes_used;

// --- The parser (RFC 8259) ---

class Parser {
 public:
  Parser(const char* begin, const char* end) : at_(begin), end_(end) {}

  Value* document() {
    Value* const value = parse_value();
    skip_space();
    return at_ == end_ ? value : nullptr;
  }

 private:
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }

  bool take(char wanted) {
    skip_space();
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }

  bool take_word(const char* word, uint32_t length) {
    if (static_cast<uint32_t>(end_ - at_) < length || memcmp(at_, word, length) != 0) return false;
    at_ += length;
    return true;
  }

  static Value* make(Kind kind) {
    if (value_count == value_count_max) return nullptr;
    Value& value = values[value_count++];
    value = Value{.kind = kind};
    return &value;
  }

  Value* parse_value() {
    skip_space();
    if (at_ == end_) return nullptr;
    switch (*at_) {
      case '{': return parse_members();
      case '[': return parse_elements();
      case '"': {
        Value* const value = make(Kind::string);
        return value != nullptr && parse_string(value->string, value->length) ? value : nullptr;
      }
      case 't': return take_word("true", 4) ? boolean(1) : nullptr;
      case 'f': return take_word("false", 5) ? boolean(0) : nullptr;
      case 'n': return take_word("null", 4) ? make(Kind::null) : nullptr;
      default: return parse_number();
    }
  }

  static Value* boolean(double truth) {
    Value* const value = make(Kind::boolean);
    if (value != nullptr) value->number = truth;
    return value;
  }

  Value* parse_elements() {
    Value* const array = make(Kind::array);
    ++at_;
    if (array == nullptr || take(']')) return array;
    Value** link = &array->first_child;
    do {
      *link = parse_value();
      if (*link == nullptr) return nullptr;
      link = &(*link)->next;
    } while (take(','));
    return take(']') ? array : nullptr;
  }

  Value* parse_members() {
    Value* const object = make(Kind::object);
    ++at_;
    if (object == nullptr || take('}')) return object;
    Value** link = &object->first_child;
    do {
      skip_space();
      const char* name;
      uint32_t length;
      if (at_ == end_ || *at_ != '"' || !parse_string(name, length) || !take(':')) return nullptr;
      Value* const member = parse_value();
      if (member == nullptr) return nullptr;
      member->name = name;
      member->name_length = length;
      *link = member;
      link = &member->next;
    } while (take(','));
    return take('}') ? object : nullptr;
  }

  // The characters with escapes undone, as UTF-8.
  bool parse_string(const char*& string, uint32_t& length) {
    char* const begin = string_bytes + string_bytes_used;
    char* out = begin;
    for (++at_; at_ != end_ && *at_ != '"'; ++at_) {
      if (static_cast<uint8_t>(*at_) < 0x20) return false;
      if (*at_ != '\\') {
        *out++ = *at_;
        continue;
      }
      if (++at_ == end_ || !parse_escape(out)) return false;
    }
    if (at_ == end_) return false;
    ++at_;
    string = begin;
    length = static_cast<uint32_t>(out - begin);
    string_bytes_used += length;
    return true;
  }

  bool parse_escape(char*& out) {
    switch (*at_) {
      case 'n': *out++ = '\n'; return true;
      case 't': *out++ = '\t'; return true;
      case 'r': *out++ = '\r'; return true;
      case 'b': *out++ = '\b'; return true;
      case 'f': *out++ = '\f'; return true;
      case '"':
      case '\\':
      case '/': *out++ = *at_; return true;
      case 'u': break;
      default: return false;
    }
    uint32_t code = 0;
    for (int i = 0; i < 4; ++i) {
      if (++at_ == end_) return false;
      const char c = *at_;
      if (c >= '0' && c <= '9')
        code = code * 16 + static_cast<uint32_t>(c - '0');
      else if (c >= 'a' && c <= 'f')
        code = code * 16 + static_cast<uint32_t>(c - 'a' + 10);
      else if (c >= 'A' && c <= 'F')
        code = code * 16 + static_cast<uint32_t>(c - 'A' + 10);
      else
        return false;
    }
    if (code < 0x80) {
      *out++ = static_cast<char>(code);
    } else if (code < 0x800) {
      *out++ = static_cast<char>(0xC0 | code >> 6);
      *out++ = static_cast<char>(0x80 | (code & 0x3F));
    } else {
      *out++ = static_cast<char>(0xE0 | code >> 12);
      *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3F));
      *out++ = static_cast<char>(0x80 | (code & 0x3F));
    }
    return true;
  }

  bool at_digit() const { return at_ != end_ && *at_ >= '0' && *at_ <= '9'; }

  Value* parse_number() {
    const bool negative = *at_ == '-';
    if (negative) ++at_;
    if (!at_digit()) return nullptr;
    double number = 0;
    while (at_digit()) number = number * 10 + (*at_++ - '0');
    int exponent = 0;
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      for (; at_digit(); --exponent) number = number * 10 + (*at_++ - '0');
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      const bool down = at_ != end_ && *at_ == '-';
      if (at_ != end_ && (*at_ == '-' || *at_ == '+')) ++at_;
      int written = 0;
      while (at_digit()) written = written * 10 + (*at_++ - '0');
      exponent += down ? -written : written;
    }
    for (; exponent > 0; --exponent) number *= 10;
    for (; exponent < 0; ++exponent) number /= 10;
    Value* const value = make(Kind::number);
    if (value != nullptr) value->number = negative ? -number : number;
    return value;
  }

  const char* at_;
  const char* end_;
};

void walk(const Value& value, kernel::Checksum& checksum, double& sum) {
  checksum.add(static_cast<uint64_t>(value.kind));
  if (value.name != nullptr) checksum.add(value.name_length * 256 + static_cast<uint8_t>(value.name[0]));
  if (value.kind == Kind::string && value.length != 0) {
    checksum.add(static_cast<uint8_t>(value.string[value.length - 1]) + value.length);
  }
  sum += value.number;
  for (const Value* child = value.first_child; child != nullptr; child = child->next) walk(*child, checksum, sum);
}

uint64_t work() {
  value_count = 0;
  string_bytes_used = 0;
  const Value* const document = Parser(text, text + text_length).document();
  if (document == nullptr) {
    fputs("the text was not accepted\n", stderr);
    exit(1);
  }
  kernel::Checksum checksum;
  double sum = 0;
  walk(*document, checksum, sum);
  checksum.add(static_cast<uint64_t>(sum));
  checksum.add(value_count);
  return checksum.value();
}

}  // namespace

int main(int argument_count, char** arguments) {
  make_text();
  return kernel::run(argument_count, arguments, work);
}
