import ts from 'typescript'
