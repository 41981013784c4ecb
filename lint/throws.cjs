'use strict';

/*
 * Whoever calls what is exported learns from its docstring which AnalysisError it ends with: `@throws AnalysisError 'code'
 * where …`. The rule sees the throws of a function's own body, of functions in it that it calls or hands on to be called,
 * and errors made by a function or method of the same file; what callees in other files throw it cannot see.
 */

const errorName = 'AnalysisError';
const isFunction = (node) => /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);

/** @type {import('eslint').Rule.RuleModule} */
module.exports = {
  meta: {
    type: 'problem',
    docs: { description: `demand that docstrings name the codes of each ${errorName}` },
    schema: [
      { type: 'object', properties: { codes: { type: 'array', items: { type: 'string' } } }, required: ['codes'] },
    ],
    defaultOptions: [{ codes: [] }],
    messages: {
      missing: `The docstring must say @throws ${errorName} '{{code}}', and where.`,
      unknown: `'{{code}}' is no code of ${errorName}: it has {{codes}}.`,
      codeless: `@throws ${errorName} must name a code in quotes: {{codes}}.`,
    },
  },

  create(context) {
    const { sourceCode } = context;
    const { codes } = context.options[0];
    const docstring = (node) => {
      const comment = sourceCode.getCommentsBefore(node).at(-1);
      return comment && isDocstring(comment) ? comment.value : '';
    };

    /** `docs` are the nodes that the docstring may stand before. */
    const check = (body, ...docs) => {
      const documented = new Set(
        docs.flatMap((node) => throwsTags(docstring(node)).flatMap(({ codes: named }) => named)),
      );
      for (const { code, node } of thrownCodes(body, sourceCode)) {
        if (documented.has(code)) continue;
        documented.add(code);
        context.report({ node, messageId: 'missing', data: { code } });
      }
    };

    const checkExport = (statement) => {
      const { declaration } = statement;
      if (declaration?.type === 'FunctionDeclaration') check(declaration.body, statement);
      for (const { init } of declaration?.declarations ?? []) if (init && isFunction(init)) check(init.body, statement);
      for (const member of declaration?.body?.body ?? []) {
        const own = member.type === 'MethodDefinition' && member.value.body;
        if (!own || member.accessibility === 'private' || member.key.type === 'PrivateIdentifier') continue;
        check(own, member, ...(member.kind === 'constructor' ? [statement] : []));
      }
    };

    return {
      ExportNamedDeclaration: checkExport,
      ExportDefaultDeclaration: checkExport,
      Program() {
        for (const comment of sourceCode.getAllComments().filter(isDocstring)) {
          for (const { codes: named } of throwsTags(comment.value)) {
            const report = (messageId, code) =>
              context.report({ loc: comment.loc, messageId, data: { code, codes: codes.join(', ') } });
            if (named.length === 0) report('codeless');
            for (const code of named) if (!codes.includes(code)) report('unknown', code);
          }
        }
      },
    };
  },
};

const isDocstring = ({ type, value }) => type === 'Block' && value.startsWith('*');

/** The `@throws AnalysisError` of a docstring, each with the words in quotes up to the next tag. */
function throwsTags(text) {
  const plain = text.replace(/^\s*\*+ ?/gm, '');
  return plain
    .split(/(?<!\S)(?=@\w)/)
    .filter((tag) => new RegExp(`^@throws\\b.*\\b${errorName}\\b`, 's').test(tag))
    .map((tag) => ({ codes: [...tag.matchAll(/(?<!\w)'([\w-]+)'/g)].map(([, code]) => code) }));
}

/** Every code that a body throws, as far as this file tells, with the place. */
function thrownCodes(body, sourceCode) {
  const found = [];
  const visit = (node, caught) => {
    if (node.type === 'ThrowStatement' && !caught) {
      for (const code of errorCodes(node.argument, sourceCode)) found.push({ code, node });
    }
    if (isFunction(node) && !isCalled(node, sourceCode)) return;
    if (/^Class/.test(node.type)) return;
    for (const [key, child] of children(node, sourceCode)) {
      // What a function throws into its own arms does not leave it there.
      visit(
        child,
        isFunction(node) ? false : caught || (node.type === 'TryStatement' && key === 'block' && !!node.handler),
      );
    }
  };
  visit(body, false);
  return found;
}

function children(node, sourceCode) {
  return (sourceCode.visitorKeys[node.type] ?? []).flatMap((key) =>
    [node[key]].flat().flatMap((child) => (child ? [[key, child]] : [])),
  );
}

/** Whether a function inside another is called there, or handed to something that calls it. */
function isCalled(node, sourceCode) {
  if (node.parent.type === 'CallExpression' || node.parent.type === 'NewExpression') return true;
  const named = node.type === 'FunctionDeclaration' ? node : node.parent;
  if (named !== node && named.type !== 'VariableDeclarator') return false;
  return sourceCode
    .getDeclaredVariables(named)
    .some(({ references }) => references.some(({ identifier }) => identifier.parent.type === 'CallExpression'));
}

/** The codes of the error that an expression is: made here, or by a function or method of this file. */
function errorCodes(node, sourceCode) {
  if (node.type === 'ConditionalExpression') {
    return [node.consequent, node.alternate].flatMap((one) => errorCodes(one, sourceCode));
  }
  if (node.type === 'NewExpression') {
    return node.callee.name === errorName && node.arguments[0] ? literals(node.arguments[0]) : [];
  }
  const maker = node.type === 'CallExpression' ? functionOf(node.callee, sourceCode) : undefined;
  return maker
    ? returned(maker).flatMap((one) => (one.type === 'NewExpression' ? errorCodes(one, sourceCode) : []))
    : [];
}

function literals(node) {
  if (node.type === 'ConditionalExpression') return [node.consequent, node.alternate].flatMap(literals);
  return node.type === 'Literal' ? [node.value] : [];
}

/** The function of this file that a callee names: `f` or `this.f`. */
function functionOf(callee, sourceCode) {
  if (callee.type === 'MemberExpression') {
    if (callee.object.type !== 'ThisExpression') return undefined;
    const body = sourceCode.getAncestors(callee).findLast(({ type }) => type === 'ClassBody');
    return body?.body.find(({ type, key }) => type === 'MethodDefinition' && key.name === callee.property.name)?.value;
  }
  for (let scope = sourceCode.getScope(callee); scope; scope = scope.upper) {
    const definition = scope.set.get(callee.name)?.defs[0]?.node;
    if (definition) return [definition, definition.init].find((node) => node && isFunction(node));
  }
  return undefined;
}

/** What a function returns at its outermost level. */
function returned({ body }) {
  if (body.type !== 'BlockStatement') return [body];
  return body.body.flatMap(({ type, argument }) => (type === 'ReturnStatement' && argument ? [argument] : []));
}
