// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

/// An optional section of a report's page that explains the results.
public interface ReportSection {
  /// Heading of the section, plain text.
  String title();

  /// Self-contained HTML: foreign text escaped, images as data URLs.
  String toHtml();
}
