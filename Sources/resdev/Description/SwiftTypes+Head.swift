/// The part of the file that is the same for every database.
extension SwiftTypes {
    /// What comes before the types of tables.
    static func head(_ service: String) -> String {
        """
        // Types of the resources of '\(service)'. Written by `resdev types`; write it anew when the schema has changed.

        /// A link to another resource.
        public struct Link: Codable, Hashable, Sendable {
            public var href: String
        }

        /// Any JSON value.
        public enum JSONValue: Codable, Hashable, Sendable {
            case null
            case bool(Bool)
            case number(Double)
            case string(String)
            case array([JSONValue])
            case object([String: JSONValue])

            public init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if container.decodeNil() {
                    self = .null
                } else if let value = try? container.decode(Bool.self) {
                    self = .bool(value)
                } else if let value = try? container.decode(Double.self) {
                    self = .number(value)
                } else if let value = try? container.decode(String.self) {
                    self = .string(value)
                } else if let value = try? container.decode([JSONValue].self) {
                    self = .array(value)
                } else {
                    self = .object(try container.decode([String: JSONValue].self))
                }
            }

            public func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .null: try container.encodeNil()
                case .bool(let value): try container.encode(value)
                case .number(let value): try container.encode(value)
                case .string(let value): try container.encode(value)
                case .array(let value): try container.encode(value)
                case .object(let value): try container.encode(value)
                }
            }
        }

        /// A number as it comes: those that JavaScript cannot hold are in a string.
        private struct WrittenNumber<Number: Decodable & LosslessStringConvertible>: Decodable {
            let number: Number

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let text = try? container.decode(String.self), let number = Number(text) {
                    self.number = number
                } else {
                    number = try container.decode(Number.self)
                }
            }
        }

        extension KeyedDecodingContainer {
            fileprivate func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
                try decode(WrittenNumber<Int64>.self, forKey: key).number
            }

            fileprivate func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
                try decodeIfPresent(WrittenNumber<Int64>.self, forKey: key)?.number
            }

            fileprivate func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
                try decode(WrittenNumber<Double>.self, forKey: key).number
            }

            fileprivate func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
                try decodeIfPresent(WrittenNumber<Double>.self, forKey: key)?.number
            }
        }

        """
    }
}
